"""Polish."""

from __future__ import annotations

from memory.text.intent.language import Language, usual_commands

_NOW_ON = r"(?:od (?:teraz|dzis|dzisiaj|tej pory)|w przyszlosci|odtad|na przyszlosc)"
_ANSWER = (
    r"(?:odpowiadaj|odpowiadajcie|pisz|mow|uzywaj|nazywaj|zwracaj sie|podawaj|dawaj|tlumacz|wyjasniaj|formatuj"
    r"|stosuj)"
)
_BOUND = r"(?:odpowiadac|pisac|mowic|uzywac|nazywac)"
_POLITE = r"(?:prosze,? )?(?:czy )?(?:(?:mozesz|moglbys|moglabys) )?"
_GONE = r"(?:zapomnij|zapomniec|usun|usunac|skasuj|wymaz|wyczysc)"

POLISH = Language(
    name="pl",
    please=r"prosze(?: cie)?|bardzo prosze",
    asks=(
        r"(?:czy )?(?:mozesz|moglbys|moglabys|moze pan|moze pani|zechcesz)|(?:chce|chcialbym|chcialabym),? (?:zebys"
        r"|abys)|niech (?:pan|pani)|musisz"
    ),
    verbs=(
        r"(?:zapamietaj|zapamietac|zapamieta|zapamietal|pamietaj|pamietac)(?: sobie)?(?:,? prosze)?"
        r"|nie (?:zapomnij|zapominaj|zapomniec)(?: prosze)?|nigdy nie zapominaj"
        r"|(?:miej|prosze miec) (?:na uwadze|w pamieci)|wez(?: prosze)? pod uwage"
        r"|(?:zanotuj|zapisz|zanotowac|zapisac)(?: sobie)?(?:,? prosze)?(?=,? ze |,? ?:)"
        r"|(?:zapisz|zachowaj|dodaj|zanotuj)(?: to)? (?:w|do) pamieci|notatka dla mnie"
    ),
    notes=r"zanotuj|zapisz|notatka|uwaga|fyi",
    that=r"ze",
    this=r"to|o tym|nastepujace|co nastepuje|to sobie",
    own=(
        r"(?:jestem|mieszkam|pracuje|mam|wole|lubie|nienawidze|uzywam|mowie|nie (?:jem|pije|lubie|mam|jestem)|ja|my"
        r"|mamy) |(?:moj|moja|moje|nasz|nasza|nasze) [\w-]{1,30}(?: [\w-]{1,30}){0,4}? (?:jest|sa|to"
        r"|nazywa sie|ma)\b"
    ),
    recalls=r"(?:jak|kiedy|gdzie|kto|co|dlaczego|czy|tyle|o tym,? co|moje imie$)\b",
    scopes=(
        ("me", r"dla mnie"),
        ("channel", r"(?:dla|na|w) (?:tego|tym) (?:kanalu|kanale)"),
        ("team", r"dla (?:nas(?: wszystkich)?|wszystkich|(?:calego |naszego )?zespolu|calej firmy)"),
    ),
    room=r"(?:dla|na|w) ",
    dates=(
        r"do (?P<until>[^:;]{1,40}?)|(?:na|przez) (?P<span>(?:\d{1,3}|jeden|dwa|trzy)? ?(?:dni|dzien|tydzien"
        r"|tygodni[ea]?|miesiac[ea]?|miesiecy|rok|lata?))"
    ),
    orders=(
        rf"{_NOW_ON},? (?:prosze,? )?(?P<text>(?:zawsze |nigdy )?(?:nie )?(?:{_ANSWER}|prosze {_BOUND})\b.+)",
        rf"(?P<text>{_ANSWER} (?:mi |do mnie )?(?:zawsze|{_NOW_ON})\b.*)",
        rf"(?P<text>zawsze {_ANSWER} .+|nigdy nie (?!mow nigdy){_ANSWER} .+"
        rf"|nie {_ANSWER} (?:[\w-]{{1,20}} ){{0,2}}nigdy\b.*)",
        rf"(?P<text>{_ANSWER} .{{1,200}}? (?:zawsze|{_NOW_ON}))",
    ),
    habits=(rf"(?P<text>{_NOW_ON},? (?:pracuje|mieszkam|jestem|mam) .+)",),
    facts=(
        r"(?:ja )?(?:nie )?jestem (?:wegetarian|wegan|uczulon|leworeczn|daltonist|diabetyk|zonat|mezatk|singl"
        r"|z (?!(?:powrotem|powrot)\b)|inzynier|lekarz|nauczyciel|student|programist|projektant|polak|polka|menedzer"
        r"|kierownik)",
        r"mieszkam (?:w|we|na|z|pod)\b|pracuje (?:w|we|na|dla|jako|z|zdalnie)\b(?! (?:tym|nad))|mam na imie "
        r"|pochodze z|nazywam sie ",
        r"(?:nie )?(?:wole|lubie|nienawidze|uzywam|mowie po|uwielbiam|kocham|gram w|jezdze) ?(?!(?:to|tego|tej|ten"
        r"|ta|cie|pierwsz\w{1,5}|drug\w{1,5})\b)",
        r"nie (?:jem|pije|jadam|moge jesc) ",
        r"mam (?:psa|kota|syna|corke|brata|siostre|dwoje|troje|dzieci|alergie|dwa|dwie|trzy)",
        r"(?:moj|moja|moje|moim) (?:pies|kot|kotka|zona|maz|partner\w{0,4}|szef\w{0,4}|syn|corka|urodziny|zespol"
        r"|dzieci|imie|adres|brat|siostra|matka|ojciec|biuro|ulubion[yae] \w{1,20}|ulubionym \w{1,20}) (?:jest"
        r"|sa|to|nazywa sie|ma na imie|nazywaja sie) (?!nie\b)",
    ),
    passing=(
        r"(?:cie|ci|ciebie|tobie|twoj\w{0,3}|twoja|prosze|czy|mozesz|pomoz|pomocy|jak|dlaczego|co|dzieki|dziekuje"
        r"|ale|dzis|dzisiaj|teraz|bo|poniewaz|pokaz)"
    ),
    last=(
        r" ?[,.;!-]{1,3} ?(?:i )?(?P<verb>(?:zapamietaj (?:to|sobie to)?|pamietaj o tym|nie zapomnij o tym"
        r"|zanotuj to|zapisz to(?: sobie)?))",
    ),
    commands=usual_commands(
        polite=_POLITE,
        gone=_GONE,
        and_="i",
        change=r"zmien|edytuj|popraw|zaktualizuj|zastap",
        into=r"na|w",
        whole={
            "forget_last": r"zapomnij (?:to|o tym|tego)|cofnij(?: to)?",
            "forget_everything": (
                rf"{_GONE} (?:wszystko(?:,? co wiesz)?(?: o mnie)?(?: wiesz)?|(?:wszystkie )?(?:moje"
                r"|swoje) wspomnienia|(?:swoja )?pamiec)"
            ),
            "list": (
                r"co (?:o mnie (?:wiesz|pamietasz)|(?:wiesz|pamietasz) o mnie)"
                r"|(?:pokaz|wyswietl)(?: mi)?(?: wszystkie)? (?:moje|swoje) wspomnienia|moje wspomnienia"
            ),
            "pause": (
                r"nie (?:zapamietuj|zapisuj) (?:tego|niczego|nic)|przestan (?:zapamietywac|zapisywac)(?: .{1,30})?"
            ),
            "resume": r"(?:zacznij|zaczynaj) (?:znowu|znow|ponownie) (?:zapamietywac|zapisywac)(?: .{1,30})?",
            "help": "pomoc",
        },
        words=(
            rf"{_GONE},? (?:to,? )?(?:wszystko,? )?co (?:ci )?(?:mowilem|mowilam|powiedzialem"
            r"|powiedzialam) o (?P<text>[^?]+)",
            rf"{_GONE} (?P<text>(?:moj|moja|moje|moich|mojego|moim) (?!wspomnienia)[^?,]{{2,80}})",
            rf"{_GONE},? ze (?P<text>[^?]+)",
        ),
    ),
    misspelt=("zapamietaj",),
    other_words=frozenset({"zapamietal", "zapamietam", "zapamietac", "zapamietuj", "zapamieta"}),
)
