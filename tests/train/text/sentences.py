"""Texts in many languages, and those with which tokenizers are known to have trouble."""

from typing import Any

import numpy as np
import pandas as pd

from modelet.train.table import Field, Table

SENTENCES = {
    "English": ["The study of nature is a large part of science.", "Don't you like the film? I loved it!"],
    "German": ["Der größte Teil der Straße ist naß.", "Über allen Gipfeln ist Ruh', sagte Herr Müller."],
    "French": ["L'été dernier, les élèves étaient fâchés.", "Où êtes-vous né, garçon ?"],
    "Turkish": ["İstanbul'da ılık bir akşamdı, IŞIK söndü.", "Çabası doğrultusunda ortaklaşa güncellenir."],
    "Greek": ["Ο ΟΔΥΣΣΕΥΣ είναι σοφός.", "Έχει επικριθεί επίσης για την τάση προτίμησης."],
    "Russian": ["Ёлка стоит в лесу, и ей холодно.", "Это очень хороший фильм!"],
    "Hindi": ["यह एक अच्छा सवाल है। मुझे देखने दो।", "क्षत्रिय लोग कहाँ रहते हैं?"],
    "Arabic": ["لا أستطيع شكرك بما فيه الكفاية.", "تشمل علاجاته التنبيهات (63%)."],
    "Japanese": ["日本語の文章です。", "東京は大きな都市です！"],
    "Korean": ["한국어 텍스트입니다.", "오늘 날씨가 좋다."],
}
HARD = [
    *(
        "",
        " ",
        "\t\n\u3000",
        "a",
        "😀 hi 👩‍👩‍👧",
        "a\x00b",
        "\u200bzero\u00adwidth",
        "e\u0301te\u0301",
        "ﬁn ½ ²",
        "ẞ ß Ǆ ǆ",
    ),
    *(
        "x" * 150,
        "я" * 100,
        "я" * 101,
        "##ing",
        "\ufffdx\ue000y",
        "\u2028line\x85next",
        "one  two\n\n three\t",
        "𝐛𝐨𝐥𝐝 𐐀",
    ),
    *("a_b-c@d.e #tag $5.00", "Ωmega K Å", "word " * 300, "\x1cfoo\x1dbar", "\u0301alone"),
]
TEXTS = [text for texts in SENTENCES.values() for text in texts] + HARD


def spoken() -> Table:
    """The language of each sentence, and of some that are made of two."""
    rows = [(text, language) for language, texts in SENTENCES.items() for text in texts]
    rows += [(f"{first} {second}", language) for language, (first, second) in SENTENCES.items()]
    texts, languages = zip(*rows, strict=True)
    return table_of(list(texts), np.array(languages, object))


def table_of(texts: list[str], truth: Any) -> Table:
    """A table whose only column is text."""
    rows = pd.DataFrame({"text": pd.Series(texts, dtype=object)})
    return Table("handmade", (Field("text", "text", numeric=False),), rows, truth, "multiclass")
