#!/bin/sh
# What a container is started with is a job and its options; array jobs of a search ask for a program of their own.
# The process is replaced, so that it gets the signals by which containers are ended.
case "$1" in
    python) exec "$@" ;;
    *) exec python -m functions.train.handler "$@" ;;
esac
