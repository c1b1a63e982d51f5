"""The commands beside `run`: an operator's tools, most of which work beside a running bot."""
