"""The estimate of tokens, held against what tokenizers counted."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.text.tokens import token_count

# The larger of what `cl100k_base` and `o200k_base` count (tiktoken 0.14), and the text they counted.
COUNTED: dict[str, tuple[int, str]] = {
    "english": (
        79,
        "I like short answers. We deploy on Tuesdays, never on Fridays. Please call me Sam; my pronouns"
        " are they/them, and I work from Lisbon (UTC+0). The quarterly planning document lives in Confl"
        "uence under Engineering / Roadmaps, and nobody except the leads may edit it. When I ask about "
        "incidents, always mention the on-call engineer and link the runbook.",
    ),
    "english prose": (
        45,
        "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age "
        "of foolishness, it was the epoch of belief, it was the epoch of incredulity.",
    ),
    "german": (
        15,
        "Alle Menschen sind frei und gleich an Würde und Rechten geboren",
    ),
    "french": (
        21,
        "Tous les êtres humains naissent libres et égaux en dignité et en droits",
    ),
    "spanish": (
        43,
        "Todos los seres humanos nacen libres e iguales en dignidad y derechos y, dotados como están de"
        " razón y conciencia, deben comportarse fraternalmente los unos con los otros",
    ),
    "portuguese": (
        61,
        "Todos os seres humanos nascem livres e iguais em dignidade e em direitos. Dotados de razão e d"
        "e consciência, devem agir uns para com os outros em espírito de fraternidade. Não gosto de res"
        "postas compridas.",
    ),
    "italian": (
        21,
        "Tutti gli esseri umani nascono liberi ed eguali in dignità e diritti",
    ),
    "finnish": (
        29,
        "Kaikki ihmiset syntyvät vapaina ja tasavertaisina arvoltaan ja oikeuksiltaan",
    ),
    "polish": (
        27,
        "Wszyscy ludzie rodzą się wolni i równi pod względem swej godności i swych praw",
    ),
    "turkish": (
        24,
        "Bütün insanlar hür, haysiyet ve haklar bakımından eşit doğarlar",
    ),
    "vietnamese": (
        34,
        "Tất cả mọi người sinh ra đều được tự do và bình đẳng về nhân phẩm và quyền",
    ),
    "swahili": (
        22,
        "Watu wote wamezaliwa huru, hadhi na haki zao ni sawa",
    ),
    "russian": (
        35,
        "Все люди рождаются свободными и равными в своём достоинстве и правах",
    ),
    "kazakh": (
        67,
        "Барлық адамдар тумысынан азат және қадір-қасиеті мен кұқықтары тең болып дүниеге келеді",
    ),
    "greek": (
        75,
        "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα",
    ),
    "arabic": (
        34,
        "يولد جميع الناس أحرارا متساوين في الكرامة والحقوق",
    ),
    "arabic vowelled": (
        97,
        "يُولَدُ جَمِيعُ النَّاسِ أَحْرَارًا مُتَسَاوِينَ فِي الْكَرَامَةِ وَالْحُقُوقِ وَقَدْ وُهِبُوا عَقْلًا وَضَمِيرًا",
    ),
    "persian": (
        52,
        "\u062a\u0645\u0627\u0645 \u0627\u0641\u0631\u0627\u062f \u0628\u0634\u0631 \u0622\u0632\u0627"
        "\u062f \u0628\u0647 \u062f\u0646\u06cc\u0627 \u0645\u06cc\u200c\u0622\u06cc\u0646\u062f \u0648"
        " \u0627\u0632 \u0644\u062d\u0627\u0638 \u062d\u06cc\u062b\u06cc\u062a \u0648 \u062d\u0642"
        "\u0648\u0642 \u0628\u0627 \u0647\u0645 \u0628\u0631\u0627\u0628\u0631\u0646\u062f",
    ),
    "hebrew": (
        55,
        "כל בני האדם נולדו בני חורין ושווים בערכם ובזכויותיהם",
    ),
    "hindi": (
        180,
        "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता और समानता प्राप्त है। उन्हें"
        " बुद्धि और अन्तरात्मा की देन प्राप्त है और परस्पर उन्हें भाईचारे के भाव से बर्ताव करना चाहिए।",
    ),
    "bengali": (
        213,
        "সমস্ত মানুষ স্বাধীনভাবে সমান মর্যাদা এবং অধিকার নিয়ে জন্মগ্রহণ করে। তাঁদের বিবেক এবং বুদ্ধি আ"
        "ছে; সুতরাং সকলেরই একে অপরের প্রতি ভ্রাতৃত্বসুলভ মনোভাব নিয়ে আচরণ করা উচিত।",
    ),
    "tamil": (
        229,
        "மனிதப் பிறிவியினர் சகலரும் சுதந்திரமாகவே பிறக்கின்றனர்; அவர்கள் மதிப்பிலும், உரிமைகளிலும் சமமா"
        "னவர்கள், அவர்கள் நியாயத்தையும் மனச்சாட்சியையும் இயற்பண்பாகப் பெற்றவர்கள்.",
    ),
    "thai": (
        135,
        "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ ต่างมีเหตุผลและมโนธรรม และควรปฏิบัติต่อกันด้วยเจตนารมณ์แห่งภราดรภาพ",
    ),
    "georgian": (
        143,
        "ყველა ადამიანი იბადება თავისუფალი და თანასწორი თავისი ღირსებითა და უფლებებით",
    ),
    "armenian": (
        217,
        "Բոլոր մարդիկ ծնվում են ազատ ու հավասար իրենց արժանապատվությամբ ու իրավունքներով։ Նրանք ունեն բ"
        "անականություն ու խիղճ։",
    ),
    "amharic": (
        248,
        "የሰው ልጅ ሁሉ ሲወለድ ነጻና በክብርና በመብትም እኩልነት ያለው ነው። የተፈጥሮ ማስተዋልና ሕሊና ስላለው አንዱ ሌላውን በወንድማማችነት መንፈስ መመልከት ይገባዋል።",
    ),
    "chinese": (
        93,
        "人人生而自由,在尊严和权利上一律平等。他们赋有理性和良心,并应以兄弟关系的精神相对待。我喜欢简短"
        "的回答，请不要使用太多的专业术语。我们每周二下午三点部署新版本。",
    ),
    "chinese trad": (
        92,
        "人人生而自由,在尊嚴和權利上一律平等。他們賦有理性和良心,並應以兄弟關係的精神互相對待。請用繁體"
        "中文回覆，謝謝您的幫忙。",
    ),
    "chinese rare": (
        47,
        "龘靐齉爨癵籲麤鸞鱻驫灩饢纞蠿躨糷讟鑿黷",
    ),
    "japanese": (
        105,
        "すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。人間は、理"
        "性と良心とを授けられており、互いに同胞の精神をもって行動しなければならない。短い回答が好きです"
        "。",
    ),
    "katakana": (
        43,
        "スラックボットノメモリーハデータベースニホゾンサレマス。コンピューターサイエンス",
    ),
    "korean": (
        40,
        "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다",
    ),
    "emoji": (
        92,
        "\U0001f600\U0001f603\U0001f680\U0001f389\U0001f44d\U0001f3fd\U0001f469\u200d\U0001f469\u200d"
        "\U0001f467\u200d\U0001f466\U0001f1e8\U0001f1ed\U0001f1e9\U0001f1ea\U0001f3f3\ufe0f\u200d"
        "\U0001f308\u2764\ufe0f\U0001f525\U0001f4af\u2705\u274c\U0001f937\U0001f3ff\u200d\u2640\ufe0f"
        "\U0001fae0\U0001fabf\U0001f9cc \u2615\ufe0f\U0001f950",
    ),
    "math symbols": (
        81,
        "∀x∈ℝ: ⌈x⌉ = −⌊−x⌋, α ∧ ¬β = ¬(¬α ∨ β), ∑ᵢ xᵢ² ≤ ∞ → ⊥ ⇔ 𝔸𝕓𝕔 ½ ⅓ ₤ € ™ © ® — “…”",
    ),
    "hexadecimal": (
        36,
        "5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9",
    ),
    "uuid": (
        26,
        "03cc2f9b-2146-0c5a-299c-858dc5e6e62f",
    ),
    "base64": (
        85,
        "ePT+UrSeIx57U8xjviB6mUDzqnRgMtCM5rFY2R/ahaDLpzDH1AxkTpewJqZj1Ilr//TmTtDjJpWFbc8/QEn9bKpmo2Ni6q"
        "moIzQRXibKYHKXg+qANOA3cMMt",
    ),
    "random letters": (
        43,
        "qxphfabbramfhfbydatrvgengqtuquuntfqjcjubxzpwramnxocxuofhdihubdkxwiwbiurvnvzqijug",
    ),
    "random capitals": (
        47,
        "XVXFLFVCKAUPJEIDDHDEPIRRDKOHFSRBQILGJMRGEHXRQHDADBPZZWSGWXHCYFEIANMTQDJSDCVSGHHT",
    ),
    "random mixed case": (
        53,
        "sjFMKvXmafechRSXMnHyDANKPnWUWYfbdTUbQRiBZdlNsCqTiqYtwbuygkCkPPEWNWWWurZpaAIbvoIw",
    ),
    "random printable": (
        89,
        'c)"\r.GkHcLMeh"-AGN,)mE\x0b3EqWfAW=L+\x0c^`KZ>p(\\\\mKo:oCB{v{.8R1q)9q$#[f\nu\\e^Aco]-|\\0y6Sb'
        "zE+_1$RI{.'n1,pmsdqfy- $F]NP`38/`Se\ty$",
    ),
    "random marks": (
        53,
        "^+-&@`-=?$\\'#@;;<`{{||?(,(:).).~@-@{}#,$,{%%{\"\"}_&_/)$_:@>~_^$!?#`-/@!\"'$`~~\\']?",
    ),
    "random latin-1": (
        97,
        "\xe7\xfd\xde\xa4\xce\xd7\xb0\xf7\xef\xd9\xb0\xe8\xec\xf4\xe3\xca\xf3\xa0\xfb\xfb\xfa\xde\xe6"
        "\xe6\xb3\xa1\xcb\xdd\xfb\xd2\xcf\xe8\xa3\xf3\xdf\xa5\xaf\xdc\xa9\xab\xe8\xd3\xc9\xbd\xc1\xf3"
        "\xd9\xf2\xaa\xd8\xe4\xe7\xd8\xea\xc7\xe3\xed\xe5\xcc\xde\xfd\xbb\xd7\xa9\xd4\xaf\xe1\xcc\xfb"
        "\xb0\xe5\xd6\xf5\xba\xbe\xbc\xbe\xbc\xcb\xa2",
    ),
    "random planes": (
        158,
        "\U0002dbb3\U000279e9\U00013cd3\U00010aaa\U0002c17c\U0002c0ad\U0002f367\U00012ef3\U000132fe"
        "\U0002e699\U0001b373\U0002e5e4\U0002e7c2\U00023aa1\U0002f128\U0002ae52\U00012272\U0002e1bd"
        "\U000235d7\U0001e54f\U0002af0a\U0002b632\U00010e9d\U000111d5\U0001609e\U00028fcb\U00024d2a"
        "\U00024bdd\U0001a77d\U00028d96\U0001a390\U00014c6e\U00010511\U00012aa8\U0001061a\U00020bd4"
        "\U0001cafb\U00023679\U00020c6f\U00025fee",
    ),
    "single letters": (
        31,
        "Z v y d L E H G B a g N X D T s z C F d B f z W u m Y u j e ",
    ),
    "digits": (
        27,
        "61741353466102136540855866553975278585268745829653813396922104638558106506698405",
    ),
    "numbers": (
        70,
        "86 72471 880 256 869 63255 5077 73018 98 7 65366 865 78 5 58793 7988 9 34 498 0 89 44 28261 35"
        " 1459 26 34332 8 28733 96",
    ),
    "timestamps": (
        63,
        "2026-11-21T02:44:40.123456+00:00 1712345678.123456 +41 44 668 18 00 192.168.178.1:8443 12/31/1"
        "999 $1,234,567.89",
    ),
    "white space": (
        40,
        "  \n\t\r\n\n \n\n  \t \n\t\t \n\r\r   \n\r\n\n\n\r\n\r\r\t\n\n \r\n\t\t \t\n\t\n\r \n\t\r\t\r"
        "\n\r\t\n   \r\r \t\t \t\n\t\t\r \r \r \r\n\t\t",
    ),
    "combining marks": (
        171,
        "t\u0329\u0313\u0332\u0353h\u0306\u0309\u0369\u0344e\u030c\u032e\u034a\u0307 \u0340\u031b\u0304"
        "\u030bq\u0337\u0335\u0308\u031eu\u030b\u0346\u0336\u0307i\u0369\u0348\u030f\u031cc\u0350\u0350"
        "\u034a\u0307k\u0349\u034a\u0332\u0306 \u031c\u0305\u0347\u036db\u0311\u0325\u0335\u0312r\u0345"
        "\u030f\u0349\u0327o\u0347\u0368\u0357\u0317w\u030d\u034a\u0349\u0351n\u0318\u032f\u030c\u0346 "
        "\u035b\u0308\u0348\u0307f\u034f\u031a\u033f\u0357o\u0344\u0336\u0363\u0328x\u033b\u034a\u033a"
        "\u032e",
    ),
    "urls": (
        53,
        "https://docs.slack.dev/reference/methods/chat.postMessage?channel=C0123456789&ts=1712345678.12"
        "3456#args https://example.com/a/b/c/%7Euser/index.php?q=x%20y&utm_source=z",
    ),
    "json": (
        45,
        '{"key": "slack:T01:U02", "text": "caf\\u00e9 at noon", "tags": ["food", "time"], "revision": 3'
        ', "expires_at": null}',
    ),
    "python": (
        45,
        "async def answer(self, messages: Sequence[Message]) -> AsyncIterator[str]:\n    async with sel"
        'f._client.stream(\n        "POST", url, json=body\n    ) as response:\n        yield await res'
        "ponse.text()\n",
    ),
    "medicine": (
        52,
        "Acetaminophen hydrochlorothiazide pneumonoultramicroscopicsilicovolcanoconiosis immunoelectrop"
        "horetically otorhinolaryngologist deoxyribonucleic esophagogastroduodenoscopy",
    ),
    "names": (
        56,
        "Krzysztof Wojciechowski, Nguyễn Thị Minh Khai, Sigurður Þórðarson, Oluwaseun Adébáyò, Xóchitl "
        "Quetzalcóatl, Si",
    ),
    "shouting": (
        6,
        "I LIKE SHORT ANSWERS.",
    ),
    "abbreviations": (
        24,
        "u dont hafta b so verbose lol jk tbh idk wth smh rn fr fr ngl",
    ),
    "identifiers": (
        20,
        "getUserPreferencesByWorkspaceIdAndChannelName HTTPSConnectionPoolManager __init_subclass__ XMLHttpRe",
    ),
    "repeated marks": (
        3,
        "=============================================================================================="
        "==========================",
    ),
    "blank lines": (
        6,
        "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"
        "\n\n\n\n\n\n\n\n\n\n\n\n\nx",
    ),
}


@pytest.mark.parametrize("kind", COUNTED)
def test_an_estimate_is_hardly_ever_below_the_real_count(kind: str) -> None:
    real, text = COUNTED[kind]
    assert token_count(text) >= 0.98 * real


@pytest.mark.parametrize("kind", ["english", "english prose"])
def test_english_is_not_overestimated_much(kind: str) -> None:
    real, text = COUNTED[kind]
    assert token_count(text) <= 1.35 * real


def test_nothing_is_nothing() -> None:
    assert token_count("") == 0


@given(st.text())
def test_a_text_costs_at_least_one_token_and_at_most_four_per_character(text: str) -> None:
    assert bool(text) <= token_count(text) <= 1 + 4.2 * len(text)


@given(st.text(max_size=60), st.text(max_size=60))
def test_joining_two_texts_changes_the_sum_by_less_than_ten(left: str, right: str) -> None:
    assert abs(token_count(left + right) - token_count(left) - token_count(right)) < 10


@given(st.text(alphabet="aZq 1!\n\té字", max_size=80), st.text(alphabet="aZq 1!\n\té字", max_size=80))
def test_joining_runs_of_the_same_kind_changes_the_sum_by_less_than_ten(left: str, right: str) -> None:
    assert abs(token_count(left + right) - token_count(left) - token_count(right)) < 10


@pytest.mark.parametrize("unit", ["a", "A", "Aa", " ", " \n", "!", "0", "é", "字", "😀", "\t!"])
def test_a_long_text_takes_linear_time(unit: str) -> None:
    started = time.process_time()
    token_count(unit * (200_000 // len(unit)))
    assert time.process_time() - started < 2.0
