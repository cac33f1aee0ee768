"""Portuguese, of Portugal and of Brazil."""

from __future__ import annotations

from memory.text.intent.language import Language, usual_commands

_NOW_ON = r"(?:a partir de (?:agora|hoje)|de agora em diante|daqui em diante|no futuro|doravante)"
_ANSWER = (
    r"(?:responda|responde|responda-me|responde-me|escreva|escreve|fal[ea](?: comigo| comigo)?|use|usa|utilize"
    r"|me chame|chame-me|chama-me|me trate|trate-me|trata-me|explique|traduza|me de|da-me)"
)
_NEVER = r"(?:uses?|responda[s]?|escreva[s]?|fale[s]?|utilize[s]?|me chame[s]?|me trate[s]?|me diga[s]?)"
_POLITE = r"(?:por favor,? )?(?:(?:voce )?(?:pode|poderia|podes) )?"
_GONE = r"(?:esqueca|esquece|esquecer|apague|apaga|exclua|elimine|elimina|remova|remove)"

PORTUGUESE = Language(
    name="pt",
    please=r"por favor|faz favor|se faz favor|pfv",
    asks=(
        r"(?:voce )?(?:pode|poderia|podes|podias|quer)(?: se| te)?|quero que(?: voce)?|preciso que(?: voce)?"
        r"|(?:voce )?deve|tens de"
    ),
    verbs=(
        r"lembre(?:-se)?|lembra(?:-te)?|se lembre|lembrar(?:-se|-te)?|recorde|recorda|recordar|n[ao]o (?:se "
        r"|te )?(?:esqueca|esquecas|esquece|esquecer)(?:-se|-te)?|nunca (?:se |te )?esquecas?|n[ao]o va esquecer"
        r"|(?:tenha|tem|ter|tenhas) (?:sempre )?em (?:mente|conta)|(?:leve|leva) em conta|memorize|memoriza"
        r"|memorizar|(?:anote|anota|anotar|aponta|aponte|registre|registe)(?= que| por favor| ?:| isso| isto| ai)"
        r"|(?:tome|toma) nota|(?:guarde|guarda|adicione|salve|ponha)(?: isso| isto)? (?:na|a)(?: sua| tua)? memoria"
        r"|(?:guarde|guarda|salve)(?= is[st]o ?:| ?:)|nota para mim"
    ),
    notes=r"nota|anote|anota|salve|guarde|fyi",
    that=r"de que|que",
    this=r"disso|disto|isso|isto|o seguinte|do seguinte",
    own=(
        r"(?:sou|moro|vivo|trabalho|tenho|prefiro|odeio|uso|falo|estou|(?:me )?chamo|gosto|n[ao]o (?:como|bebo|gosto"
        r"|sou|tenho)|eu|nos|somos|a gente|me chamo) |(?:o |a |os |as )?(?:meu|minha|meus|minhas|nosso"
        r"|nossa) [\w-]{1,30}(?: [\w-]{1,30}){0,4}? (?:e|sao|se chama|chama-se|esta|tem)\b"
    ),
    recalls=(
        r"(?:quando|como|onde|quem|por que|porque|do que|o que|se|de (?:mim|quando|nos)|(?:do )?meu nome$"
        r"|da (?:ultima|primeira) vez)\b"
    ),
    scopes=(
        ("me", r"para mim"),
        ("channel", r"(?:para|em|n) ?(?:este|neste|o|esse) canal"),
        ("team", r"para (?:nos|todos|toda a (?:gente|equipe|equipa)|(?:a|nossa) equip[ea]|o time)"),
    ),
    room=r"(?:para|em) ",
    dates=(
        r"ate (?:a |o )?(?P<until>[^:;]{1,40}?)"
        r"|(?:durante|por) (?P<span>(?:\d{1,3}|um|uma|dois|duas|tres) (?:dias?|semanas?|mes(?:es)?|anos?))"
    ),
    orders=(
        rf"{_NOW_ON},? (?:por favor,? )?(?P<text>(?:{_ANSWER}\b|n[ao]o {_NEVER}\b).+)",
        rf"(?P<text>{_ANSWER} (?:sempre|{_NOW_ON})\b.*)",
        rf"(?P<text>sempre {_ANSWER} .+|nunca {_NEVER} .+)",
        rf"(?P<text>{_ANSWER} .{{1,200}}? (?:sempre|{_NOW_ON}))",
    ),
    habits=(rf"(?P<text>{_NOW_ON},? (?:eu )?(?:trabalho|moro|sou|vivo|uso) .+)",),
    facts=(
        r"(?:eu )?(?:n[ao]o )?sou (?:uma? )?(?:vegetarian|vegan|alergic|canhot|daltonic|diabetic|celiac|casad"
        r"|solteir|de |do |da |engenheir|medic|professor|estudante|designer|programador|desenvolvedor|brasileir"
        r"|portugues|gerente)",
        r"(?:eu )?(?:moro|vivo) (?:em|no|na|com|perto)\b|(?:eu )?trabalho (?:na|no|em (?!(?:um|uma|isso)\b)|para"
        r"|como|de|a|com)\b|(?:eu )?me chamo |chamo-me |(?:o )?meu nome e ",
        r"(?:eu )?(?:prefiro|odeio|falo|uso|adoro|detesto|amo) (?!(?:isso|isto|esta|esse|a (?:primeira|segunda)"
        r"|o (?:primeiro|segundo)|voce)\b)",
        r"(?:eu )?(?:n[ao]o )?gosto (?:de|do|da) (?!(?:isso|isto|voce|ti|como|ideia|primeira|segunda)\b)",
        r"(?:eu )?n[ao]o (?:como|bebo|posso comer) ",
        r"(?:eu )?tenho (?:um|uma|dois|duas|tres|\d) (?:\w{1,15} )?(?:cachorr|ca[oe]|gat|filh|irma|alergia)",
        r"(?:o |a |os |as )?(?:meu|minha|meus|minhas) (?:cachorr[oa]|cao|gat[oa]|mulher|esposa|marido|chefe"
        r"|filh[oa]s?|aniversario|equip[ea]|time|nome|endereco|irma|irmao|mae|pai|\w{1,20} favorit[oa]) (?:e|sao"
        r"|se chama|se chamam|chama-se) (?!n[ao]o\b)",
    ),
    passing=(
        r"(?:voce|tu|sua|seu|tua|teu|te|ti|por favor|pode|poderia|ajuda|ajude|por que|obrigad[oa]|mas|hoje|agora"
        r"|porque|mostre|qual|o que)"
    ),
    last=(
        r" ?[,.;!-]{1,3} ?(?:e )?(?P<verb>(?:lembre-se d?isso|lembra-te disso|n[ao]o (?:se )?esqueca(?: disso)?"
        r"|anote isso|guarde isso|memorize isso))",
    ),
    commands=usual_commands(
        polite=_POLITE,
        gone=_GONE,
        and_="e",
        change=r"mude|muda|altere|altera|edite|edita|corrija|corrige|atualize|substitua",
        into=r"para|por|com|em",
        whole={
            "forget_last": r"(?:esqueca|esquece) (?:isso|isto)|desfazer|desfaz(?:er)? isso|desfaca",
            "forget_everything": (
                rf"{_GONE} (?:tudo(?: o que (?:voce )?sabes?)?(?: (?:sobre|de) mim)?|(?:todas )?(?:as )?(?:minhas"
                r"|suas) memorias|a (?:sua|tua) memoria)"
            ),
            "list": (
                r"o que (?:(?:e que )?(?:voce |tu )?(?:sabes?|lembras?))(?: (?:de|sobre) mim)?|(?:mostre|mostra"
                r"|liste|lista)(?:-me)?(?: todas)?(?: as)? (?:minhas|suas|tuas) memorias|minhas memorias"
            ),
            "pause": (
                r"n[ao]o (?:lembre|memorize|guarde|salve|memorizes|guardes) (?:disso|isso|isto|disto|nada)"
                r"|(?:pare|para|deixe) de (?:memorizar|lembrar|guardar|salvar)(?: .{1,30})?"
            ),
            "resume": r"(?:volte|volta|comece) a (?:lembrar|memorizar|guardar)(?: .{1,30})?",
            "help": "ajuda",
        },
        words=(
            rf"{_GONE} (?:tudo )?o que (?:eu )?(?:te |lhe )?disse (?:sobre|de|a respeito de) (?P<text>[^?]+)",
            rf"{_GONE} (?:o |a )?(?P<text>(?:meus?|minhas?) (?!memorias)[^?,]{{2,80}})",
            rf"{_GONE} que (?P<text>[^?]+)",
        ),
    ),
)
