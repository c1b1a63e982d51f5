"""The benchmarks: every figure beside a bare discord.py client or the raw driver, taken in the same run."""
