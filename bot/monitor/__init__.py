"""What an operator watches: metrics, whether the process lives and is ready, and the small server that tells both."""
