"""Tests mirror the rooms of the house; laws, faults and whole nights beside them."""
