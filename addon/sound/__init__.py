"""What a film sounds like: the model's numbers and the times of its pictures -> samples. numpy only; no bpy, no chance.

events      what is heard: a kind, the moment at which a dial of the picture passes a value, and which number it is
mapping     an event and the film's numbers -> notes: pitch, level, place
scenery     what is only music: pads, pulse, the blade, the shutter
scale, instruments   notes -> samples
mixing      all notes of a film -> stems that lie in the film's loudness
loudness    ITU-R BS.1770: loudness and true peak, measured and limited
wav         sound files
"""
