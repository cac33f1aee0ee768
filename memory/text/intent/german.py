"""German."""

from __future__ import annotations

from memory.text.intent.language import Language, usual_commands

_NOW_ON = r"(?:ab (?:jetzt|sofort|heute|nun)|von (?:jetzt|nun|heute) an|in zukunft|kunftig|zukunftig|fortan)"
_ANSWER = (
    r"(?:sage?|antworte|antworten sie|schreibe?|schreiben sie|sprich|sprechen sie|rede|verwende|verwenden sie"
    r"|benutze?|benutzen sie|nutze?|nutzen sie|nenne?|nennen sie|duze?|sieze?|gib(?! \w{1,10} auf)|geben sie"
    r"|halte?|formuliere|erklare?|fasse|ubersetze)"
)
_POLITE = r"(?:bitte )?(?:kannst du |konntest du |konnen sie |konnten sie )?(?:bitte )?"
_GONE = r"(?:vergiss(?: bitte)?|vergesse|vergessen sie|losche?|loesche?|loschen sie|entferne?|entfernen sie)"

GERMAN = Language(
    name="de",
    please=r"bitte(?: mal)?|mal|doch",
    asks=(
        r"(?:kannst|konntest|koenntest|wurdest|wuerdest|willst) du(?: dir)?|(?:konnen|konnten|koennten|wurden"
        r"|wollen) sie(?: sich)?|ich (?:mochte|will),? dass du dir|du (?:musst|sollst) dir|du darfst nicht"
    ),
    verbs=(
        r"(?:merke?|notiere?|schreibe?) (?:dir|euch)(?: (?:bitte|mal|doch|unbedingt|auf)){0,3}|(?:merken"
        r"|notieren) sie sich(?: (?:bitte|unbedingt)){0,2}|(?:bitte |mal )?merken|merke|merkst"
        r"|behalte?(?: bitte)?(?= ?:)|(?:bitte )?nicht vergessen|(?:speichere?|merke?) (?:das|dies)(?: ab)?(?= ?:)"
        r"|furs protokoll(?= ?:)|vergiss(?: (?:bitte|mir))? (?:nicht|nie|niemals)|vergessen sie(?: bitte)? (?:nicht"
        r"|nie|niemals)|(?:denk|denke)(?: bitte)? (?:daran|dran)|denken sie(?: bitte)? daran"
        r"|behalte?(?: bitte)? im (?:kopf|hinterkopf|gedachtnis)|behalten sie(?: bitte)? im (?:kopf|hinterkopf"
        r"|gedachtnis)|erinnere? dich(?: bitte)? daran|(?:speichere?|notiere?)(?: (?:das|dies))? im gedachtnis"
        r"|notiz an mich|(?:notiere?|speichere?|schreibe? auf|aufschreiben|notieren sie|speichern sie"
        r"|zur erinnerung)(?: bitte)?(?=:|,? (?:dass|das ich|das wir) )"
    ),
    notes=r"notiere?(?: bitte)?|notiz|speichere?(?: bitte)?|(?:beachte|beachten sie)(?: bitte)?|fur spater|fyi",
    that=r"dass|das(?= (?:ich|wir|mein|meine|unser|unsere) )",
    this="das(?: bitte)?|dies|dieses|folgendes|es",
    own=(
        r"(?:ich|wir) [a-z]|(?:mein|meine|unser|unsere) [\w-]{1,30}(?: [\w-]{1,30}){0,4}? (?:ist|sind|heisst"
        r"|heissen|hat|haben|war|geht|wohnt)\b"
    ),
    recalls=r"(?:als|wie|wann|wo|was|wer|warum|ob|so etwas|solche|namen?$)\b",
    scopes=(
        ("me", r"fur mich"),
        ("channel", r"(?:fur|in) (?:diesen|den|diesem) (?:channel|kanal)"),
        ("team", r"fur (?:uns(?: alle)?|alle|(?:das|unser|mein) (?:ganze |gesamte )?team|die (?:firma|ganze firma))"),
    ),
    room=r"(?:fur|in) ",
    dates=(
        r"bis (?:zum )?(?P<until>[^:;]{1,40}?)|fur (?P<span>(?:die nachsten )?(?:\d{1,3}|einen?|zwei|drei"
        r"|diese) (?:tage?n?|wochen?|monate?n?|jahre?n?))"
    ),
    orders=(
        rf"{_NOW_ON},? (?:bitte )?(?P<text>(?:{_ANSWER}\b.+|.{{1,200}}?(?:antworten|verwenden|benutzen|schreiben"
        r"|sprechen|nutzen|duzen|siezen)))",
        rf"(?P<text>{_ANSWER}\b(?: [\w-]{{1,20}}){{0,3}}? (?:bitte )?(?:immer(?! wieder| noch| wenn| mehr| weniger)"
        rf"|nie|niemals|{_NOW_ON}|stets|grundsatzlich)(?: .+)?)",
        r"(?P<text>(?:immer|nie|niemals|stets) .{1,200}?(?:antworten|verwenden|benutzen|schreiben|sprechen|nutzen"
        r"|duzen|siezen|nennen))",
    ),
    habits=(
        rf"(?P<text>{_NOW_ON} (?:arbeite|bin|wohne|heisse) ich .+)",
        rf"(?P<text>{_NOW_ON},? (?:bitte )?(?:keine?|nur|mit|ohne) .+)",
    ),
    facts=(
        r"ich bin (?:(?:kein|keine|ein|eine|der|die|strenge[r]?|seit \w{1,12}) ){0,3}?(?:vegetarier|vegetarierin"
        r"|vegan|veganer|veganerin|allergisch|linkshander|linkshanderin|farbenblind|diabetiker|diabetikerin"
        r"|verheiratet|ledig|aus|[a-z]{0,20}(?:entwickler|ingenieur|designer|manager|leiter|lehrer|arzt|arztin"
        r"|student|berater)(?:in)?\b|\d{1,3} jahre alt|im \w{1,20}-?team)",
        r"ich (?:wohne|lebe) (?:in|bei|mit|auf)|ich arbeite (?:in|bei|als|fur|im|nachts|von|nur|teilzeit)"
        r"|ich heisse |ich komme aus |ich habe am .{1,20} geburtstag",
        r"ich (?:mag|liebe|hasse|bevorzuge|spreche|trinke|esse|fahre|nutze|benutze|spiele) (?!(?:das|dies|dich|nicht"
        r"|es|diese[nrs]?|die (?:erste|zweite)|den)\b)",
        r"ich habe (?:eine?n?|zwei|drei|\d) (?:\w{1,15} )?(?:hund|katze|kind|kinder|sohn|tochter|nussallergie"
        r"|allergie)",
        r"mein(?:e)? (?:\w{1,20} )?(?:name|hund|katze|frau|mann|partner|partnerin|chef|chefin|sohn|tochter"
        r"|geburtstag|team|kinder|lieblings\w{1,20}|zeitzone|adresse|pronomen|bruder|schwester|mutter|vater"
        r"|buro) (?:ist|heisst|sind|heissen) (?!(?:nicht|krank|weg|kaputt)\b)",
    ),
    passing=(
        r"(?:du|dich|dein\w{0,2}|bitte|kannst du|konntest du|hilf|wie|warum|was|welche[rs]?|danke|aber|heute|jetzt"
        r"|gerade|weil|zeig mir|gib mir|spater)"
    ),
    last=(
        r" ?[,.;!-]{1,3} ?(?:und |also )?(?P<verb>(?:bitte )?(?:merke?|notiere?) dir das(?: bitte)?"
        r"|vergiss das(?: bitte)? nicht|merken sie sich das(?: bitte)?|(?:bitte )?merken|kannst du dir das merken)",
    ),
    commands=usual_commands(
        polite=_POLITE,
        gone=_GONE,
        and_="und",
        change=r"andere?|aendere?|bearbeite?|korrigiere?|ersetze?|aktualisiere?",
        into="zu|in|auf|durch",
        whole={
            "forget_last": (
                r"(?:vergiss|vergessen sie|losche?) (?:das|dies)(?: bitte)?(?: wieder)?"
                r"|(?:mach das )?ruckgangig(?: machen)?"
            ),
            "forget_everything": (
                rf"{_GONE} (?:alles(?:,? was du)?(?: uber mich)?(?: weisst)?|(?:alle )?(?:meine"
                r"|deine) (?:erinnerungen|gedachtnis))"
            ),
            "list": (
                r"(?:zeige?|liste)(?: mir)?(?: alle)? (?:meine|deine) erinnerungen|meine erinnerungen"
                r"|was hast du gespeichert|welche erinnerungen hast du (?:an mich|uber mich|von mir)"
                r"|was (?:weisst du|hast du dir)(?: alles)? (?:uber mich|von mir)(?: gemerkt| gespeichert)?"
            ),
            "pause": (
                r"merke? dir (?:(?:das|dies)(?: bitte)? nicht(?: mehr)?|nichts(?: mehr)?)"
                r"|hor auf,? (?:dir )?(?:dinge |alles |etwas |sachen )?(?:zu merken|zu speichern)"
            ),
            "resume": r"merke? dir wieder (?:dinge|alles|etwas|sachen)|fang wieder an,? dir dinge zu merken",
            "help": "hilfe",
        },
        words=(
            rf"{_GONE},? (?:was ich|alles,? was ich) (?:dir )?uber (?P<text>[^?]{{1,200}}?) (?:gesagt|erzahlt) habe",
            rf"{_GONE} (?P<text>(?:meine?[nrs]?|unsere?[nrs]?) [^?,]{{2,80}})",
            rf"{_GONE},? (?:alles )?uber (?P<text>(?!mich$)[^?]{{1,200}})",
            rf"{_GONE},? dass (?P<text>(?:ich|wir|mein|meine|unser)\b[^?]+)",
        ),
    ),
    misspelt=("vergiss",),
    other_words=frozenset({"vergisst", "vergibs", "vergisse"}),
)
