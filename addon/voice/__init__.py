"""A voice that says what the captions say. No bpy in here.

numerals   whole numbers -> words, in English, Chinese and German
saying     a caption -> what a speaker says: numbers, percentages, marks and lone tokens as words
engines    words -> samples: eSpeak NG, or a voice of Piper's, whose phonemes are eSpeak NG's
speaker    a caption -> its clip, kept on the disk; all of a film -> a stem. A recording with cues is one, too
"""
