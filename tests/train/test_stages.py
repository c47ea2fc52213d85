"""What a run tells of its stages."""

from modelet.train.stages import say, stage


def test_a_stage_tells_its_beginning_its_progress_in_numbers_and_words_and_its_end() -> None:
    told: list[tuple[str, float | None]] = []

    with stage(lambda *seen: told.append(seen), "fit") as progress:
        progress(0.25)
        say(progress, "epoch 2 of 4", 0.5)

    assert told == [("fit", None), ("fit", 0.25), ("fit: epoch 2 of 4", 0.5), ("fit", 1.0)]


def test_words_are_left_out_where_only_a_fraction_is_taken() -> None:
    told: list[float] = []

    say(told.append, "epoch 2 of 4", 0.5)

    assert told == [0.5]
