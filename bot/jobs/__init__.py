"""What runs by itself: the ticker and the buffers that gather events."""
