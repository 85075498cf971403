import bpy

settings = bpy.context.scene.transformer_cinema
settings.new_tokens = 0
settings.temperature = 0.8
settings.top_k = 0
settings.top_p = 1.0
settings.seed = 0
settings.focus_layer = 0
settings.focus_head = 0
settings.focus_token = 0
settings.fade_sink = False
settings.theme = "dark"
settings.form = "16:9"
settings.cut = "full"
settings.pace = 1.0
settings.prologue = True
settings.embedding = True
settings.attention = True
settings.mlp = True
settings.stack = True
settings.unembedding = True
settings.loop = True
settings.language = "auto"
