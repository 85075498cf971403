"""The parts of build_extension.py: wheels, the zip that holds them, and Blender's own tools for extensions."""
