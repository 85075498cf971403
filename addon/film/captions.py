"""What stands at the foot of the picture, and the cards. One table, one column a language."""

import bpy

from . import palette

LANGUAGES = ("en", "zh", "both")
NO_TURN = (0.0, 0.0, 0.0)
BAND_TOP = -2.3

# act -> its title
TITLES = {
    "prologue": ("Prologue", "序幕"),
    "embedding": ("Act 1 · Embedding", "第一幕 · 嵌入"),
    "attention": ("Act 2 · Attention", "第二幕 · 注意力"),
    "mlp": ("Act 3 · MLP", "第三幕 · 感知"),
    "stack": ("The stack", "层层叠加"),
    "unembedding": ("Act 4 · Unembedding", "第四幕 · 概率"),
    "loop": ("The loop", "循环"),
}

# act.beat -> a line; {names} are filled from the trace
LINES = {
    "prologue.text": ("A text goes in. What comes next?", "输入一段文字。接下来是什么？"),
    "embedding.split": (
        "The text is cut into {count} tokens, pieces that the model knows.",
        "文字被切成 {count} 个词元：模型认识的片段。",
    ),
    "embedding.ids": (
        "Each token is a number: its row in a table of {vocabulary}.",
        "每个词元是一个编号：在 {vocabulary} 行的表中的行号。",
    ),
    "embedding.vectors": (
        "That row holds {d} numbers, the vector that stands for the token.",
        "这一行有 {d} 个数字，就是代表这个词元的向量。",
    ),
    "embedding.position": (
        "Its place in the text is a vector too; the two are added.",
        "它在文中的位置也是一个向量；两者相加。",
    ),
    "embedding.meaning": (
        "A vector is a place: all {vocabulary} tokens, in the 3 directions that differ most ({share} of all).",
        "向量就是位置：全部 {vocabulary} 个词元，取差异最大的 3 个方向（占 {share}）。",
    ),
    "embedding.neighbours": (
        "Nearest to “{token}” by all {d} numbers. (cosine: 1 is the same direction)",
        "按全部 {d} 个数字，离“{token}”最近的词元。（余弦：1 为方向相同）",
    ),
    "embedding.aside": (
        "Other transformers are fed so: patches of a picture, segments of a sound. GPT-2 sees only text.",
        "其他 Transformer 也是这样输入的：图像切成小块，声音切成片段。GPT-2 只看文字。",
    ),
    "attention.travel": (
        "The vectors enter a stack of {layers} layers; we stop at layer {layer}.",
        "向量进入 {layers} 层的堆叠；我们停在第 {layer} 层。",
    ),
    "attention.head": (
        "Head {head} of layer {layer}: where “{token}” reads from. Thicker means more weight.",
        "第 {layer} 层第 {head} 头：“{token}”从哪里读取。光束越粗，权重越大。",
    ),
    "attention.all_queries": (
        "Every token reads, but only from itself and from what came before. (weights above {threshold})",
        "每个词元都在读取，但只读自己和前面的词元。（仅画权重高于 {threshold} 的）",
    ),
    "attention.all_heads": (
        "All {heads} heads of the layer read at once. (other heads: weights above {threshold})",
        "这一层的 {heads} 个头同时读取。（其他头仅画权重高于 {threshold} 的）",
    ),
    "attention.add": (
        "The heads read a normalised copy; what they found is added to each vector.",
        "各头读取的是归一化的副本；结果加回到每个向量上。",
    ),
    "mlp.lanes": ("Now each vector is alone: no token sees another.", "现在每个向量独处：词元之间互不相见。"),
    "mlp.neurons": (
        "It is put to {neurons} questions. A neuron lights up by its activation.",
        "它被问 {neurons} 个问题。神经元按激活值点亮。",
    ),
    "mlp.pulses": (
        "The strongest: up goes the vector, back comes each neuron’s answer.",
        "最强的神经元：向量上行，每个神经元的回答返回。",
    ),
    "mlp.writes": (
        "The strongest neurons of “{token}”, and the words that each makes likelier.",
        "“{token}”最强的神经元，以及各自让哪些词更可能出现。",
    ),
    "mlp.add": ("The sum of all answers is added to the vector.", "所有回答之和加到向量上。"),
    "stack.rewind": (
        "{layers} layers, each the same two steps, each with its own weights.",
        "{layers} 层，每层都是同样两步，各有自己的权重。",
    ),
    "stack.flight": (
        "Beside the last token: what the model would say if it stopped here.",
        "最后一个词元旁：如果在这里停下，模型会说什么。",
    ),
    "stack.whole": (
        "Every vector as it enters each layer, and as it leaves the last. (other heads: weights above {threshold})",
        "每一层入口处的向量，以及最后输出的向量。（其他头仅画权重高于 {threshold} 的）",
    ),
    "unembedding.last": ("Only the last vector decides what comes next.", "只有最后一个向量决定下一个词元。"),
    "unembedding.bars": (
        "It is scored against all {vocabulary} tokens; softmax makes probabilities.",
        "它与全部 {vocabulary} 个词元打分；softmax 把分数变成概率。",
    ),
    "unembedding.temperature": (
        "Temperature: low sharpens the choice, high flattens it.",
        "温度：低则集中，高则平坦。",
    ),
    "unembedding.draw": (
        "A random number between 0 and 1 falls: {random}. It hits “{token}”, {share}.",
        "一个 0 到 1 之间的随机数落下：{random}，命中“{token}”，{share}。",
    ),
    "loop.append": ("The word joins the text, and the whole machine runs again.", "新词加入文本，整台机器再运行一次。"),
    "loop.again": (
        "And again. Earlier vectors stay: nobody looks ahead.",
        "再来一次。前面的向量不变：没有谁会往后看。",
    ),
}


# lines for some films only, some of them because the usual one would not be true
VARIANTS = {
    "attention.context": (
        "The same word in two texts. “{token}” begins as the same numbers, whatever stands around it.",
        "同一个词，两段文字。无论上下文如何，“{token}”一开始都是同样的数字。",
    ),
    "attention.context_parts": (
        "Layer by layer the two part; the cosine of what “{token}” has become ends at {cosine}.",
        "逐层分道扬镳：“{token}”的两个向量，最后余弦为 {cosine}。",
    ),
    "unembedding.draw_cut": (
        "A random number falls: {random}. Of the tokens that may be drawn it hits “{token}”, {share}.",
        "一个随机数落下：{random}，在允许抽取的词元中命中“{token}”，{share}。",
    ),
    "unembedding.greedy": (
        "At temperature 0 nothing is left to chance: the likeliest token is taken, “{token}”.",
        "温度为 0 时没有随机：取最可能的词元“{token}”。",
    ),
    "loop.only": ("The word joins the text.", "新词加入文本。"),
}

# words that stand in the picture
WORDS = {
    "subtitle": ("A text on its way through a real GPT-2", "一段文字，穿过真实的 GPT-2"),
    "layer": ("Layer {number}", "第 {number} 层"),
    "temperature": ("temperature", "温度"),
    "others": ("all others", "其他词元"),
    "model": (
        "{name} · {layers} layers · {heads} heads · {millions:.1f} million parameters",
        "{name} · {layers} 层 · {heads} 头 · {wan:,.0f} 万参数",
    ),
    "sampling": (
        "temperature {temperature:g} · top-k {top_k} · top-p {top_p} · seed {seed}",
        "温度 {temperature:g} · top-k {top_k} · top-p {top_p} · 随机种子 {seed}",
    ),
    "promise": (
        "Transformer Cinema · every number is the model’s own",
        "Transformer Cinema · 每个数字都来自模型本身",
    ),
}


def line(key, values):
    """A caption in both languages, its blanks filled."""
    return tuple(text.format(**values) for text in (LINES | VARIANTS)[key])


def word(key, language, **values):
    """A word in the picture: Chinese in a Chinese film, else English."""
    return WORDS[key][language == "zh"].format(**values)


class Captions:
    """Makes texts and switches them."""

    LEFT, TITLE_Y, FIRST_Y, SECOND_Y = -7.0, -2.72, -3.36, -3.86

    def __init__(self, studio, frame):
        """frame: the empty before the camera that carries the sheet."""
        self.studio, self.film, self.frame, self.language = studio, studio.film, frame, studio.language
        self._lines, self._title, self._title_act = [], [], None
        self._bar = self._make_bar()
        self.band = self._make_band()
        self._titles = self._make_titles()

    def _make_bar(self):
        plate = ([(-0.025, -0.7, 0), (0.025, -0.7, 0), (0.025, 0.7, 0), (-0.025, 0.7, 0)], [(0, 1, 2, 3)], None)
        bar = self.studio.solid("Caption bar", plate, palette.GOLD, self.studio.materials.type, "Captions", self.frame)
        bar.location = (self.LEFT - 0.3, -3.3, 0)
        return self.film.visibility(bar)

    def _make_band(self):
        """A dark band behind the captions, for shots that fill the picture down to its foot."""
        corners = [(-8.3, -4.7, -0.02), (8.3, -4.7, -0.02), (8.3, BAND_TOP, -0.02), (-8.3, BAND_TOP, -0.02)]
        plate = (corners, [(0, 1, 2, 3)], None)
        band = self.studio.solid(
            "Caption band", plate, palette.BACKGROUND_EDGE, self.studio.materials.type, "Captions", self.frame
        )
        return self.film.visibility(band)

    def _make_titles(self):
        """{act: its title's texts}; the Chinese one stands behind the English one, wherever that ends."""
        place = (self.LEFT, self.TITLE_Y, 0)
        english = [self._label(title[0], 0.52, palette.TEXT, place) for title in TITLES.values()]
        titles = {}
        for (act, title), label, width in zip(TITLES.items(), english, self.studio.measure(english), strict=True):
            x = self.LEFT + (width + 0.4 if self.language == "both" else 0)
            chinese = self._label(title[1], 0.41, palette.GOLD, (x, self.TITLE_Y, 0))
            titles[act] = [self._switched(one) for one in self._of_language(label, chinese)]
        return titles

    def _of_language(self, english, chinese):
        """Those of the two that the film's language asks for; the other one is removed."""
        keep = {"en": [english], "zh": [chinese], "both": [english, chinese]}[self.language]
        bpy.data.batch_remove([one for one in (english, chinese) if one not in keep])
        return keep

    def _label(self, body, size, colour, location, align="Left"):
        return self.studio.label(
            f"Caption {body[:20]}", body, size, colour, location, align, "Captions", self.frame, rotation=NO_TURN
        )

    def _switched(self, label):
        return label, self.film.visibility(label)

    def text(self, body, size, colour, location, align="Left"):
        """A hidden text on the caption sheet."""
        return self._switched(self._label(body, size, colour, location, align))

    def appear(self, texts):
        for _, visibility in texts:
            self.film.set(visibility.on(0.0))

    def vanish(self, texts):
        for _, visibility in texts:
            self.film.set(visibility.off(0.0))

    def show(self, key, **values):
        english, chinese = line(key, values)
        act = key.split(".")[0]
        if act != self._title_act:
            self.vanish(self._title)
            self._title, self._title_act = self._titles[act], act
            self.appear(self._title)
            self.film.set(self._bar.on(0.0))
        self.vanish(self._lines)
        self._lines = []
        if self.language != "zh":
            self._lines.append(self.text(english, 0.39, palette.CAPTION, (self.LEFT, self.FIRST_Y, 0)))
        if self.language != "en":
            y = self.SECOND_Y if self.language == "both" else self.FIRST_Y
            self._lines.append(self.text(chinese, 0.35, palette.CAPTION, (self.LEFT, y, 0)))
        self.appear(self._lines)

    def clear(self):
        """Take everything away, at the end of an act."""
        self.vanish(self._lines)
        self.vanish(self._title)
        self.film.set(self._bar.off(0.0))
        self._lines, self._title, self._title_act = [], [], None
