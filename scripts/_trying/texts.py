"""Whether every text is shown in the chosen language, and as the extension means it.

Blender's own dictionary comes before the extension's, and may mean something else by a word.
"""

NAMES = ("Back", "Film", "Gold", "Manual", "Paper", "Reflection", "Stage", "Text")  # drawn in the extension's context


def compare(visit):
    """The texts of the panel."""
    if not visit.options.language:
        return
    translations = visit.module("translations")
    texts = translations.tables()[visit.options.language]["interface"]
    contexts = {text.name: text.translation_context for text in visit.settings.bl_rna.properties}
    contexts |= dict.fromkeys(NAMES, translations.CONTEXT)
    translated = visit.bpy.app.translations.pgettext
    shown = {text: translated(text, contexts.get(text, "*")) for text in texts}
    assert shown == texts, {text: shown[text] for text in texts if shown[text] != texts[text]}
    print(f"{len(texts)} texts of the panel are translated")


def compare_nodes(visit):
    """The inputs of the film's node groups, which Blender translates by itself, and the frames in them."""
    if not visit.options.language:
        return
    translations = visit.module("translations")
    texts = translations.tables()[visit.options.language]["interface"]
    numbered = {text.format(i): texts[text].format(i) for text in translations.NUMBERED for i in range(1, 301)}
    groups = {
        modifier.node_group for owner in visit.scene.objects for modifier in owner.modifiers if modifier.type == "NODES"
    }
    sockets = {
        text
        for group in groups
        for item in group.interface.items_tree
        if item.item_type == "SOCKET" and item.name != "Geometry"
        for text in (item.name, item.description)
    }
    wanted = texts | numbered
    wrong = {text for text in sockets if visit.bpy.app.translations.pgettext_iface(text) != wanted.get(text)}
    print(f"{len(sockets)} names and descriptions of inputs are translated, {len(wrong)} wrongly")
    frames = {node.label for group in groups for node in group.nodes if node.type == "FRAME" and node.label}
    english = {label for label in frames if label.isascii()}
    print(f"{len(frames)} labels of frames, {len(english)} not in the language of the interface")
    assert not wrong and not english, (sorted(wrong), sorted(english))
