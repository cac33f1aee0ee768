"""Dutch."""

from __future__ import annotations

from memory.text.intent.language import Language, usual_commands

_NOW_ON = r"(?:vanaf (?:nu|vandaag)|voortaan|van nu af aan|in het vervolg|in de toekomst)"
_ANSWER = r"(?:antwoord|antwoordt|schrijf|spreek|praat|gebruik|noem|tutoyeer|geef|houd|hou|maak|vertaal|leg|begin)"
_BOUND = r"(?:antwoorden|schrijven|spreken|praten|gebruiken|noemen|geven)"
_PLEASE = r"(?:alsjeblieft|alstublieft|aub|graag)"
_POLITE = rf"(?:{_PLEASE},? )?(?:(?:kun|kan|wil|zou) (?:je|jij|u) )?"
_GONE = r"(?:vergeet|vergeten|verwijder|wis|wissen|verwijderen)"

DUTCH = Language(
    name="nl",
    please=rf"{_PLEASE}|svp|even",
    asks=r"(?:kun|kan|kunt|wil|wilt|zou|zult|zul) (?:je|jij|u)(?: willen)?|ik wil dat je|je moet",
    verbs=(
        rf"(?:onthoud|onthoudt|onthouden)(?: {_PLEASE}| even| goed){{0,2}}|vergeet(?: {_PLEASE})? (?:niet|nooit)"
        r"|(?:houd|hou|houdt) (?:er rekening mee|in gedachten|in je achterhoofd)|(?:hou|houd) rekening met|(?:noteer"
        rf"|noteert|schrijf op|sla op|sla (?:dit|dat) op|bewaar (?:dit|dat)|bewaar)(?: {_PLEASE})?(?= dat ik| dat we"
        rf"| dat mijn|,? ?:)|niet vergeten|denk (?:er ?aan|er(?: {_PLEASE})? aan)|notitie voor mezelf|(?:zet|bewaar"
        r"|sla)(?: (?:dit|dat))?(?: op)? in (?:je |het )?geheugen(?: op)?"
    ),
    notes=r"noteer|notitie|schrijf op|bewaar|fyi",
    that=r"dat",
    this=r"dit|dat|het volgende|deze",
    own=(
        r"(?:ik|wij|we) ['a-z]|(?:mijn|m'n|onze|ons) [\w-]{1,30}(?: [\w-]{1,30}){0,4}? (?:is|zijn|heet|heten"
        r"|heeft|hebben|was|woont|gaat)\b"
    ),
    recalls=r"(?:is|was|kost|hoe|wanneer|waar|wie|wat|waarom|of|mijn naam$|die keer)\b",
    scopes=(
        ("me", r"voor (?:mij|mezelf)"),
        ("channel", r"(?:voor|in) (?:dit|het) kanaal"),
        ("team", r"voor (?:ons(?: allemaal)?|iedereen|allen|(?:het|ons) (?:hele )?team)"),
    ),
    room=r"(?:voor|in) ",
    dates=(
        r"tot (?:en met )?(?P<until>[^:;]{1,40}?)|(?:voor|gedurende) (?P<span>(?:\d{1,3}|een|twee"
        r"|drie) (?:dag(?:en)?|we[e]?k(?:en)?|maand(?:en)?|jaar))"
    ),
    orders=(
        rf"{_NOW_ON},? (?:{_PLEASE},? )?(?P<text>(?:{_ANSWER}\b.+|.{{1,200}}? {_BOUND}))",
        rf"(?P<text>{_ANSWER}(?: [\w-]{{1,20}})? (?:altijd|nooit|{_NOW_ON})\b.*)",
        rf"(?P<text>(?:altijd|nooit) .{{1,200}}? {_BOUND})",
        rf"(?P<text>{_ANSWER} .{{1,200}}? (?:altijd|{_NOW_ON}))",
    ),
    habits=(rf"(?P<text>{_NOW_ON} (?:werk|woon|ben|heet) ik .+)",),
    facts=(
        r"ik ben (?:(?:een|geen|de) )?(?:strikt )?(?:vegetarier|veganist|vegan|allergisch|linkshandig|kleurenblind"
        r"|diabeet|getrouwd|single|vrijgezel|[a-z]{0,15}(?:ontwikkelaar|ingenieur|ontwerper|manager|leraar|lerares"
        r"|arts|student|programmeur)\b|\d{1,3} jaar)",
        r"ik (?:woon|leef) (?:in|bij|met|op)\b|ik werk (?:bij|in|als|voor|vanuit|'s nachts|deeltijd)\b|ik heet "
        r"|ik kom uit ",
        r"ik (?:heb liever|prefereer|haat|spreek|gebruik|drink|eet|rijd|speel|hou van|houd van|hou niet van) "
        r"(?!(?:dit|dat|deze|die|jou|je|de (?:eerste|tweede))\b)",
        r"ik heb (?:een|twee|drie|\d) (?:\w{1,15} )?(?:hond|kat|kind|kinderen|zoon|dochter|allergie|notenallergie)",
        r"(?:mijn|m'n) (?:hond|kat|vrouw|man|partner|baas|manager|zoon|dochter|verjaardag|team|kinderen|naam|adres"
        r"|broer|zus|moeder|vader|kantoor|lievelings\w{1,20}|favoriete \w{1,20}) (?:is|heet|zijn"
        r"|heten) (?!(?:niet|ziek|kapot)\b)",
    ),
    passing=(
        r"(?:je|jij|jou|jouw|u|uw|alsjeblieft|alstublieft|kun je|kan je|help|hoe|waarom|wat|welke|bedankt|maar"
        r"|vandaag|nu|omdat|laat zien|later)"
    ),
    last=(
        r" ?[,.;!-]{1,3} ?(?:en )?(?P<verb>(?:onthoud (?:dat|dit)(?: alsjeblieft| even)?|vergeet (?:dat|het) niet"
        r"|noteer dat|kun je dat onthouden))",
    ),
    commands=usual_commands(
        polite=_POLITE,
        gone=_GONE,
        and_="en",
        change=r"wijzig|verander|bewerk|corrigeer|vervang|update",
        into=r"in|naar|door|tot",
        whole={
            "forget_last": r"vergeet (?:dat|dit)(?: maar| weer)?|(?:maak )?(?:dat |dit )?ongedaan(?: maken)?",
            "forget_everything": (
                rf"{_GONE} (?:alles(?: wat je weet)?(?: (?:over|van) mij)?(?: weet)?|(?:al |alle )?(?:mijn"
                r"|je) (?:herinneringen|geheugen))"
            ),
            "list": (
                r"wat (?:weet|onthoud) je (?:over|van) (?:mij|me)|wat heb je (?:over|van) (?:mij|me) (?:onthouden"
                r"|opgeslagen)|(?:toon|laat)(?: me)?(?: al| alle)? (?:mijn|je) herinneringen(?: zien)?"
                r"|mijn herinneringen"
            ),
            "pause": (
                r"onthoud (?:(?:dit|dat)(?: \w{1,15})? niet|niets|niks)"
                r"|stop met (?:(?:dingen|alles) )?(?:onthouden|opslaan)|hou op met onthouden"
            ),
            "resume": r"(?:begin|ga) weer (?:met )?(?:dingen )?onthouden|onthoud weer (?:dingen|alles)",
            "help": "hulp",
        },
        words=(
            rf"{_GONE} (?:alles )?wat ik (?:je )?(?:zei|heb gezegd|vertelde) over (?P<text>[^?]+)",
            rf"{_GONE} (?P<text>(?:mijn|onze|ons) (?!herinneringen|geheugen)[^?,]{{2,80}})",
            rf"{_GONE} dat (?P<text>(?:ik|we|wij|mijn|onze)\b[^?]+)",
        ),
    ),
    misspelt=("onthoud",),
    other_words=frozenset({"onthoudt", "onthou", "onthouden", "onthouds"}),
)
