"""A film is built, undone, redone, built again and removed."""

from . import looking, texts


def build(visit):
    """A film in a scene of its own, while Blender draws."""
    visit.before = visit.view()
    visit.pulse.reset()
    yield from visit.finished("cinema.build_film")
    print(f"built: {visit.pulse}")
    texts.compare_nodes(visit)
    yield visit.options.settle
    visit.shot("built")
    for frame in visit.options.frames:
        visit.scene.frame_set(frame)
        yield visit.options.settle
        visit.shot(f"frame_{frame:04d}")


def undo(visit):
    """One undo takes the film and its view away, redo brings them back; Back and Show Film change between them."""
    made = visit.inventory()
    looking.check_frame(visit)
    visit.run("ed.undo")
    yield visit.options.settle
    assert visit.view() == visit.before, "undo must give the former view back"
    print(f"after one undo: scenes {[scene.name for scene in visit.bpy.data.scenes]}")
    assert len(visit.bpy.data.scenes) == 1, "one undo must take the whole film away"
    visit.shot("undone")
    visit.run("ed.redo")
    viewing = visit.module("viewing")
    yield from visit.until(lambda: viewing.is_shown(visit.window.screen))
    yield 2
    looking.check_frame(visit)
    visit.run("cinema.leave_film")
    assert visit.view() == visit.before, "and so must Back"
    visit.run("cinema.show_film")
    assert visit.inventory() == made, "redo must bring the film back"


def rebuild(visit):
    """In the film's own scene, with something of the user's in it."""
    bpy, scene = visit.bpy, visit.scene
    mine = bpy.data.objects.new("Mine", bpy.data.lights.new("Mine", "SUN"))
    scene.collection.objects.link(mine)
    count, name = len(visit.inventory()), scene.name
    visit.pulse.reset()
    yield from visit.finished("cinema.build_film")
    print(f"built again: {visit.pulse}")
    assert visit.scene.name == name and "Mine" in visit.scene.objects
    assert len(visit.inventory()) == count, "a rebuild must free what it replaces"
    yield visit.options.settle
    visit.shot("rebuilt")


def remove(visit):
    """Remove Film asks; what is the user's stays, and one undo brings the film back."""
    bpy, name = visit.bpy, visit.scene.name
    bpy.ops.ed.undo_push(message="Before")
    made = visit.inventory()
    visit.run("cinema.remove_film")
    yield 1
    assert visit.inventory() == made, "it must ask first"
    visit.shot("removing")
    visit.press_esc()
    yield 1
    assert visit.inventory() == made, "and leave everything where the answer is no"
    with bpy.context.temp_override(window=visit.window, area=visit.viewport, region=visit.region("WINDOW")):
        bpy.ops.cinema.remove_film("EXEC_DEFAULT", True)
    yield 1
    print(f"removed: {len(made)} data-blocks before, {len(visit.inventory())} after")
    assert name not in bpy.data.scenes or not visit.module("film.versions").is_film(bpy.data.scenes[name])
    visit.run("ed.undo")
    yield 2
    assert visit.inventory() == made, "undo must bring the film back"


def meanwhile(visit):
    """What the user does during a build is undone by itself, and shows nothing of the half film."""
    visit.window.scene = visit.bpy.data.scenes["Scene"]
    yield 1
    before = visit.inventory()
    visit.run("cinema.build_film")
    while visit.work.current().factor < 0.7:
        yield 0.05
    visit.bpy.ops.ed.undo_push(message="Meanwhile")
    while visit.work.current():
        yield 0.05
    yield 2
    assert len(visit.inventory()) > len(before)
    visit.run("ed.undo")
    yield 2
    left = visit.inventory() ^ before
    print(f"undone to a moment during a build: {len(left)} data-blocks changed")
    assert not left, sorted(left)[:10]
    visit.run("ed.redo")
    yield 2
