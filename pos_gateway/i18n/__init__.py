"""Every text for people, in Chinese and English."""
