"""An element of the picture is chosen and changed."""


def direct(visit):
    """One of those that the picture is about is chosen; it has controls with names in words."""
    elements, scene = visit.module("elements"), visit.scene
    frames = {marker.name: marker.frame for marker in scene.timeline_markers}
    scene.frame_set(frames["unembedding.temperature"] + 30)
    yield 2
    chosen = next(name for name in elements.subjects(scene) if elements.controls(scene.objects[name]))
    visit.run("cinema.select_element", name=chosen)
    assert visit.window.view_layer.objects.active.name == chosen
    print(f"{chosen} is selected: {[one.label for _, _, one in elements.controls(scene.objects[chosen])]}")
    yield visit.options.settle
    visit.shot("element")
