"""Whole nights on a company of thirty people, told as stories."""
