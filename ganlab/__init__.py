"""Generative adversarial networks, live: train them, watch them, measure them."""

__version__ = "0.1.0"
