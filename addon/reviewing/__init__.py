"""Measures how a film looks, one kind of measurement a file; review.py of addon/ puts them together.

Geometry is measured as Blender evaluates it and projected through the film's camera. Only pictures.py renders.
Places in the picture are parts of its width and height, (0, 0) its lower left corner, (1, 1) its upper right one.
"""
