"""The models that come with the extension."""

import pytest

from transformer_cinema.inference import embedded
from transformer_cinema.inference.model import EMBEDDED_MODEL, Model

CHINESE_PROMPTS = """
床前明月光 春眠不觉晓 白日依山尽 红豆生南国 千山鸟飞绝 空山新雨后 大漠孤烟直 独在异乡为异客
国破山河在 故人西辞黄鹤楼 两个黄鹂鸣翠柳 日照香炉生紫烟 朝辞白帝彩云间 月落乌啼霜满天 清明时节雨纷纷 远上寒山石径斜
葡萄美酒夜光杯 秦时明月汉时关 劝君更尽一杯酒 少小离家老大回 离离原上草 慈母手中线 锄禾日当午 松下问童子
海上生明月 明月几时有 大江东去 寻寻觅觅 昨夜雨疏风骤 花间一壶酒 很久很久以前 从前有一个国王
今天天气很好 我喜欢看书 小狗在院子里跑 机器学习模型 他打开了门， 老师问学生： 春天来了，花开了。 他说：“你好！”
""".split()


def test_the_english_one_is_where_the_model_module_has_it():
    assert embedded.MODELS["storybook"] == EMBEDDED_MODEL


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("Once upon a time", "storybook"),
        ("床前明月光", "poems"),
        ("床前明月光，", "poems"),
        ("GPT 在 2026 年", "storybook"),
        ("大语言模型 GPT", "poems"),
        ("むかしむかし", "storybook"),
        ("2026", "storybook"),
        ("", "storybook"),
        ("🙂", "storybook"),
    ],
)
def test_the_model_of_a_prompt(prompt, expected):
    assert embedded.name_for(prompt) == expected


@pytest.fixture(scope="module")
def poems():
    return Model.load(embedded.MODELS["poems"])


def test_every_character_of_a_chinese_prompt_is_a_token(poems):
    assert len(CHINESE_PROMPTS) == 40
    for prompt in CHINESE_PROMPTS:
        ids = poems.tokenizer.encode(prompt)
        assert "".join(poems.vocabulary.label(id) for id in ids) == prompt
        assert len(ids) == len(prompt)


def test_poems_knows_a_famous_line(poems):
    ids = poems.tokenizer.encode("床前明月光，疑是地上")
    assert poems.vocabulary.text([int(poems.trace(ids).logits.argmax())]) == "霜"
