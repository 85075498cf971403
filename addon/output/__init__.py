"""What leaves the film: scene -> frames -> video. Needs Blender alone, no model, and nothing of scripts/.

qualities, compositor   how a scene is rendered
motion, rendering       a scene's frames, rendered by this Blender
frames, png             finished frames on disk: which, of which film, whether whole
workers, worker         other Blenders that render them, one for every core
video, webp, mp4        frames -> one file
stills                  one picture of every beat
files                   written beside their place and renamed; what may not be replaced
"""
