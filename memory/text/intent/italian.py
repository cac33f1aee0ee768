"""Italian."""

from __future__ import annotations

from memory.text.intent.language import Language, usual_commands

_NOW_ON = r"(?:d'ora in (?:poi|avanti)|da (?:ora|adesso|oggi) in (?:poi|avanti)|in futuro|per il futuro)"
_ANSWER = (
    r"(?:(?:rispondi|scrivi|parla|spiega|traduci)(?:mi)?|risponda|scriva|parla|parlami|parli|usa|usi|utilizza"
    r"|chiamami|mi chiami|dammi|mi dia|spiega|traduci|fai|formula)"
)
_NEVER = r"(?:usare|rispondere|scrivere|utilizzare|chiamarmi|parlare|darmi)"
_POLITE = r"(?:per favore,? |per piacere,? )?(?:puoi |potresti |puo )?"
_GONE = r"(?:dimentica|dimentichi|dimenticare|dimenticati di|elimina|elimini|cancella|cancelli|rimuovi)"

ITALIAN = Language(
    name="it",
    please=r"per favore|per piacere|perfavore|per cortesia",
    asks=r"(?:puoi|potresti|puo|potrebbe|vuoi)|(?:voglio|vorrei) che(?: tu)?(?: ti)?|devi",
    verbs=(
        r"ricordati|ricorda|ricordi|ricordarti|ricordare|ricordarsi|si ricordi|ricordatevi|ricordate"
        r"|non (?:dimenticare|dimenticarti|dimentichi|scordare|scordarti|si dimentichi|dimenticate)|(?:tieni|tenga"
        r"|tenere) (?:presente|a mente|conto|in mente)|(?:annota|annotati|annoti|appunta|appuntati|segna|segnati"
        r"|si segni)(?= che| per favore| ?:| questo)|(?:prendi|prenda) nota|memorizza|memorizzi|memorizzare|(?:salva"
        r"|salvi|aggiungi|metti)(?: questo)? (?:in|alla|nella)(?: tua)? memoria|(?:salva|salvi)(?= questo ?:| ?:)"
        r"|nota per me|promemoria(?= ?:)"
    ),
    notes=r"nota|annota|salva|fyi",
    that=r"del fatto che|che",
    this=r"questo|di questo|quanto segue|cio|questa cosa",
    own=(
        r"(?:sono|vivo|abito|lavoro|ho|preferisco|odio|uso|parlo|mi (?:chiamo|piace|piacciono)|non (?:mangio|bevo"
        r"|sono|ho|mi piace)|io|noi|siamo) |(?:il|la|i|le) (?:mio|mia|miei|mie|nostro"
        r"|nostra) [\w-]{1,30}(?: [\w-]{1,30}){0,4}? (?:e|sono|si chiama|si chiamano|ha)\b"
    ),
    recalls=(
        r"(?:quando|come|dove|chi|perche|cosa|quello che|se|il mio nome$|l'ultima volta|la (?:prima|scorsa) volta"
        r"|l'estate)\b"
    ),
    scopes=(
        ("me", r"per me"),
        ("channel", r"(?:per|in) (?:questo|il) canale"),
        ("team", r"per (?:noi|tutti|(?:tutto )?il (?:team|gruppo)|la (?:squadra|nostra squadra)|il nostro team)"),
    ),
    room=r"(?:per|in) ",
    dates=(
        r"fino a(?:l|lla|d)? ?(?P<until>[^:;]{1,40}?)"
        r"|per (?P<span>(?:\d{1,3}|un|una|due|tre) (?:giorn[oi]|settiman[ae]|mes[ei]|ann[oi]))"
    ),
    orders=(
        rf"{_NOW_ON},? (?:per favore,? )?(?P<text>(?:{_ANSWER}\b|non {_NEVER}\b).+)",
        rf"(?P<text>{_ANSWER} (?:sempre|{_NOW_ON})\b.*)",
        rf"(?P<text>sempre {_ANSWER} .+|non {_NEVER} mai\b.*|mai {_NEVER} .+)",
        rf"(?P<text>{_ANSWER} .{{1,200}}? (?:sempre|{_NOW_ON}))",
    ),
    habits=(rf"(?P<text>{_NOW_ON},? (?:io )?(?:lavoro|vivo|sono|abito|uso) .+)",),
    facts=(
        r"(?:io )?(?:non )?sono (?:una? |un')?(?:vegetarian|vegan|allergic|mancin|daltonic|diabetic|celiac|sposat"
        r"|single|di (?!(?:nuovo|fretta)\b)|ingegner|medic|insegnante|studente|studentessa|designer|programmator"
        r"|sviluppator|italian|manager)",
        r"(?:io )?(?:vivo|abito) (?:a|in|con|vicino)\b|(?:io )?lavoro (?:alla|al|in|per|come|da|di|presso|a)\b"
        r"|mi chiamo |vengo da|il mio nome e ",
        r"(?:io )?(?:preferisco|odio|parlo|uso|adoro|detesto|guido|amo) (?!(?:questo|quello|questa|quella"
        r"|la (?:prima|seconda)|il (?:primo|secondo)|te)\b)",
        r"(?:non )?mi (?:piace|piacciono) (?!(?:questo|questa|quello|quella|il tuo|la tua|come|molto|l'idea)\b)",
        r"non (?:mangio|bevo|posso mangiare) ",
        r"ho (?:un|una|due|tre|\d) (?:\w{1,15} )?(?:cane|gatt|figli|fratell|sorell|allergia)",
        r"(?:il|la|i|le)? ?(?:mio|mia|miei|mie) (?:cane|gatt[oa]|moglie|marito|capo|figli[oa]?|compleanno|team|nome"
        r"|indirizzo|fratello|sorella|madre|padre|ufficio|\w{1,20} preferit[oa]) (?:e|sono|si chiama"
        r"|si chiamano) (?!non\b)",
    ),
    passing=(
        r"(?:tu|tuo|tua|tuoi|tue|te|per favore|puoi|potresti|aiuto|aiutami|come mai|perche|grazie|ma|oggi|adesso|ora"
        r"|mostra|dammi|quale|cosa)"
    ),
    last=(
        r" ?[,.;!-]{1,3} ?(?:e )?(?P<verb>(?:ricordatelo|ricordalo|segnatelo|annotalo|non dimenticarlo"
        r"|tienilo (?:presente|a mente)|ricordati(?: di)? questo))",
    ),
    commands=usual_commands(
        polite=_POLITE,
        gone=_GONE,
        and_="e",
        change=r"cambia|cambi|modifica|modifichi|correggi|aggiorna|sostituisci",
        into=r"in|con|a",
        whole={
            "forget_last": r"(?:dimentica|dimentichi) (?:questo|quello|cio)|dimenticalo|annulla",
            "forget_everything": (
                rf"{_GONE} (?:tutto(?: (?:quello|cio) che sai?)?(?: (?:di|su) me)?|tutti i (?:miei|tuoi) ricordi"
                r"|la (?:tua|mia) memoria)"
            ),
            "list": (
                r"(?:che )?(?:cosa )?(?:sai|ricordi) (?:di|su) me|(?:mostra|mostrami|elenca)(?: tutti)? i (?:miei"
                r"|tuoi) ricordi|i miei ricordi"
            ),
            "pause": (
                r"non (?:ricordare|memorizzare|salvare) (?:questo|nulla|niente)"
                r"|(?:smetti|smetta) di (?:ricordare|memorizzare|salvare)(?: .{1,30})?"
            ),
            "resume": r"(?:ricomincia|riprendi|torna) a (?:ricordare|memorizzare|salvare)(?: .{1,30})?",
            "help": "aiuto",
        },
        words=(
            rf"{_GONE} (?:tutto )?(?:quello|cio) che (?:ti )?ho detto (?:su|di|riguardo a) (?P<text>[^?]+)",
            rf"{_GONE} (?P<text>(?:il mio|la mia|i miei|le mie) (?!ricordi)[^?,]{{2,80}})",
            rf"{_GONE} che (?P<text>[^?]+)",
        ),
    ),
    misspelt=("ricordati",),
    other_words=frozenset({"ricordarti", "ricordate", "ricordata", "ricordato", "ricordami"}),
)
