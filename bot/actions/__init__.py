"""What a feature does to Discord, in three beats: write the intent, act, write the outcome."""
