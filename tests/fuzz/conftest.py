"""The fuzzers are commands that find their neighbours by path; pytest imports their tests alone."""

collect_ignore_glob = ["fuzz_*.py", "model_*.py", "sound_*.py"]
