"""The examples for schedulers, run as their pages say."""
