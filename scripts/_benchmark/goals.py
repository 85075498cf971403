"""What is measured, and what it should come to."""

# Of films of prompts of some length.
GOALS = {("frame_set_p95", 16): "< 42", ("frame_set_p95", 64): "< 120", ("objects", 16): "< 250"}

# name: (unit, goal, what it is); a value without a goal is there to understand the others
TABLE = {
    "storybook.build": ("s", "< 5", "recording -> scene"),
    "storybook.frame_set": ("ms", "< 15", "median over frames spread across the film"),
    "storybook.frame_set_p95": ("ms", None, "95th percentile of the same"),
    "storybook.frame_set_next": ("ms", None, "median where only one frame has passed, as in playback"),
    "storybook.frame_set_first": ("ms", None, "mean of the first pass, when nothing is cached"),
    "storybook.objects": ("", None, "objects in the scene"),
    "storybook.blend": ("MB", None, "saved, compressed"),
    "gpt2.trace": ("s", None, "one run of the model with every tensor kept"),
    "gpt2.trace_numpy": ("s", None, "the same tensors in plain numpy, float32"),
    "gpt2.trace_ratio": ("", "<= 1", "trace / trace_numpy, run in turns on all cores"),
    "gpt2.trace_ratio_fastest": ("", None, "the fastest run of each"),
    "gpt2.trace_ratio_one_core": ("", None, "medians of processor time on one core: hardly depends on the load"),
    "gpt2.build": ("s", "< 15", "recording -> scene"),
    "gpt2.frame_set": ("ms", "< 40", "median over frames spread across the film"),
    "gpt2.frame_set_p95": ("ms", None, "95th percentile of the same"),
    "gpt2.frame_set_next": ("ms", None, "median where only one frame has passed, as in playback"),
    "gpt2.frame_set_first": ("ms", None, "mean of the first pass, when nothing is cached"),
    "gpt2.objects": ("", None, "objects in the scene"),
    "gpt2.blend": ("MB", "< 60", "saved, compressed"),
    **{
        f"scale.{key}_{length}": (unit, GOALS.get((key, length)), f"{what}; a prompt of {length} tokens")
        for length in (8, 16, 32, 64)
        for key, unit, what in (
            ("build", "s", "recording -> scene, at the size of GPT-2"),
            ("frame_set", "ms", "median over frames spread across the film"),
            ("frame_set_p95", "ms", "95th percentile of the same"),
            ("objects", "", "objects in the scene"),
            ("blend", "MB", "saved, compressed"),
        )
    },
    "rebuild.first": ("s", None, "build a film and remove it: after one to warm up"),
    "rebuild.last": ("s", None, "the same, the last of ten"),
    "rebuild.time_ratio": ("", "<= 1.1", "last / first"),
    "rebuild.memory_ratio": ("", "<= 1.1", "what the process holds after the last and after the first"),
    "rebuild.left_over": ("", "<= 1", "1 + data-blocks that are left"),
    "cost.workbench": ("s", None, "a draft frame with all heads' beams"),
    "cost.workbench_empty": ("s", None, "the same with stage and captions alone"),
    "cost.workbench_ratio": ("", "<= 2", "one to the other"),
    "cost.eevee": ("s", None, "the same in preview quality, at half size"),
    "cost.eevee_empty": ("s", None, "the same with stage and captions alone"),
    "cost.eevee_ratio": ("", "<= 2.5", "one to the other"),
    "beams.count": ("", None, "beams in the GPT-2-size film"),
    "beams.cloud_build": ("s", None, "one point cloud with all beams, until the first frame is there"),
    "beams.cloud_frame_set": ("ms", None, "median while the beams of one layer grow, all heads shown, as in the film"),
    "beams.cloud_frame_set_all": ("ms", None, "the same with every layer shown at once"),
    "beams.objects_timed": ("", None, "beams that were built as keyed objects, to be scaled to the count"),
    "beams.objects_build": ("s", None, "one keyed object a beam, scaled to the count"),
    "beams.objects_frame_set": ("ms", None, "median, scaled to the count"),
    "beams.build_ratio": ("", ">= 10", "objects_build / cloud_build"),
    "beams.frame_set_ratio": ("", ">= 10", "objects_frame_set / cloud_frame_set"),
    "beams.frame_set_ratio_all": ("", None, "objects_frame_set / cloud_frame_set_all"),
    "peers.agreement": ("", "<= 1e-5", "largest difference of a tensor to transformers', of its largest magnitude"),
    "peers.agreement_numpy": ("", "<= 1e-5", "the same to plain numpy in float64"),
    "peers.trace_16": ("s", None, "16 tokens at the size of GPT-2, every tensor kept"),
    "peers.trace_16_theirs": ("s", None, "transformers, eager, attentions and hidden states returned"),
    "peers.trace_16_ratio": ("", ">= 1.4", "trace_16_theirs / trace_16"),
    "peers.trace_64": ("s", None, "the same with 64 tokens"),
    "peers.trace_64_theirs": ("s", None, "the same with 64 tokens"),
    "peers.trace_64_ratio": ("", ">= 1.4", "trace_64_theirs / trace_64"),
    "peers.ready": ("s", None, "in a new process, until the first trace is there"),
    "peers.ready_theirs": ("s", None, "in a new process, until the first forward pass of transformers is done"),
    "peers.ready_ratio": ("", ">= 5", "ready_theirs / ready"),
    "peers.loaded": ("s", None, "ready, without the imports"),
    "peers.loaded_theirs": ("s", None, "ready_theirs, without the imports"),
    "peers.loaded_ratio": ("", None, "loaded_theirs / loaded"),
    "peers.peak": ("MB", None, "memory of the process at most, until the first trace is there"),
    "peers.peak_over_checkpoint": ("MB", "<= 300", "peak less the size of the checkpoint"),
    "peers.long_loaded": ("s", None, "loaded, with 1,024 tokens"),
    "peers.long_peak": ("MB", None, "peak, with 1,024 tokens"),
    "render.speed": ("frames/s", ">= 2", "draft frames, spread across the storybook film"),
    "render.slowest": ("frames/s", None, "the slowest stretch of them"),
    "render.frames": ("", None, "frames that were rendered for it"),
    "render.workers": ("", None, "processes that rendered them"),
    "render.film_frames": ("", None, "draft frames of the whole film"),
    "render.setup": ("s", None, "render.py without a video: starting, inference, building, saving"),
    "render.start": ("s", None, "from starting the workers until each has its first frame"),
    "render.film_copies": ("", None, "those that show the same as an earlier one and are copied"),
    "render.encode": ("ms", None, "a frame's share of making the video"),
    "render.main_job": ("s", "<= 480", "estimate: setup, start, all frames at that speed, the video"),
}

NAMES = list(dict.fromkeys(name.split(".")[0] for name in TABLE))


def judged(name, value, quick):
    """A value with its unit, its goal and whether that was met, which tiny sizes can't tell."""
    unit, goal, what = TABLE[name]
    rounded = float(f"{value:.4g}") if abs(value) < 1 else round(value, 4)
    result = {"value": rounded, "unit": unit, "goal": goal, "met": None, "what": what}
    if goal and not quick:
        relation, limit = goal.split()
        result["met"] = {
            "<": value < float(limit),
            "<=": value <= float(limit),
            ">=": value >= float(limit),
        }[relation]
    return result
