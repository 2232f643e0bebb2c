"""Printed cards: images, fonts and PDF sheets."""
