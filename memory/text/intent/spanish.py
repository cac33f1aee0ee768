"""Spanish."""

from __future__ import annotations

from memory.text.intent.language import Language, usual_commands

_NOW_ON = (
    r"(?:a partir de (?:ahora|hoy)|de ahora en adelante|desde ahora|en (?:el )?futuro|en adelante"
    r"|de aqui en adelante)"
)
_ANSWER = (
    r"(?:(?:responde|responda|contesta|conteste|escribe|escriba|habla|explica)(?:me)?|usa|use|utiliza|utilice"
    r"|llamame|llameme|tratame|trateme|tuteame|dame|deme|explica|traduce|da)"
)
_NEVER = r"(?:uses|use|respondas|responda|contestes|escribas|hables|utilices|me llames|me digas|me trates)"
_POLITE = r"(?:por favor,? )?(?:puedes |podrias |puede )?"
_GONE = r"(?:olvida|olvidate de|olvide|olvidar|borra|borre|borrar|elimina|elimine|quita)"

SPANISH = Language(
    name="es",
    please=r"por favor|porfa|porfavor",
    asks=r"(?:me )?(?:puedes|podrias|puede|podria|quieres)|quiero que|necesito que|debes|tienes que",
    verbs=(
        r"(?:recuerda|recuerde|recuerden|recordar|recuerdes|acuerdate|acuerdese)(?: siempre| bien)?|(?:apunta|apunte"
        r"|apuntate|apuntese|apuntar|anota|anote|anotate|anotar)(?= que| por favor|:| esto| lo siguiente)|(?:toma"
        r"|tome|tomar) nota|no (?:te |se |lo )?(?:olvides|olvide|olvidar)|nunca (?:te )?olvides|que no se te olvide"
        r"|guardate(?= esto ?:| ?:)|(?:ten|tenga|tener|tengas) (?:siempre )?(?:en cuenta|presente|en mente)|memoriza"
        r"|memorice|memorizar|(?:guarda|guarde|guardar|anade|agrega|pon)(?: esto| lo siguiente)? (?:en|a) (?:la|tu"
        r"|su) memoria|(?:guarda|guarde)(?= esto ?:| ?:)|nota para mi|para futuras referencias"
    ),
    notes=r"nota|apunta|anota|guarda|fyi",
    that=r"de que|que",
    this=r"esto|eso|lo siguiente",
    own=(
        r"(?:soy|vivo|trabajo|tengo|prefiero|odio|uso|hablo|estoy|me (?:llamo|gusta|gustan|encanta)|no (?:como|bebo"
        r"|me gusta|soy|tengo)|yo|nosotros|somos) |(?:mi|mis|nuestro|nuestra) [\w-]{1,30}(?:"
        r" [\w-]{1,30}){0,4}? (?:es|son|se llama|se llaman|esta|tiene)\b"
    ),
    recalls=r"(?:cuando|como|donde|quien|por que|lo que|si|mi nombre$|usted|la (?:ultima|primera) vez)\b",
    scopes=(
        ("me", r"para mi(?! )"),
        ("channel", r"(?:para|en) (?:este|el) canal"),
        ("team", r"para (?:nosotros|todos|todo el (?:mundo|equipo)|(?:el|nuestro) equipo)"),
    ),
    room=r"(?:para|en) ",
    dates=(
        r"hasta (?:el )?(?P<until>[^:;]{1,40}?)"
        r"|(?:durante|por) (?P<span>(?:\d{1,3}|un|una|dos|tres) (?:dias?|semanas?|mes(?:es)?|anos?))"
    ),
    orders=(
        rf"{_NOW_ON},? (?:por favor,? )?(?P<text>(?:{_ANSWER}\b|no {_NEVER}\b).+)",
        rf"(?P<text>{_ANSWER} (?:siempre|{_NOW_ON})\b.*)",
        rf"(?P<text>siempre {_ANSWER} .+|nunca {_NEVER} .+|no {_NEVER}(?: [\w-]{{1,20}}){{0,3}} nunca\b.*)",
        rf"(?P<text>{_ANSWER} .{{1,200}}? (?:siempre|{_NOW_ON}))",
    ),
    habits=(rf"(?P<text>{_NOW_ON},? (?:yo )?(?:trabajo|vivo|soy|voy a|uso) .+)",),
    facts=(
        r"(?:yo )?(?:no )?soy (?:una? )?(?:vegetarian|vegan|alergic|zurd|diestr|daltonic|diabetic|casad|solter|de "
        r"|ingenier|medic|profesor|estudiante|disenador|programador|desarrollador|espanol|mexican|argentin|gerente"
        r"|jefe)",
        r"(?:yo )?vivo (?:en|con|cerca)\b|(?:yo )?trabajo (?:en (?!(?:ello|eso|esto|un|una)\b)|de|para|como|desde"
        r"|por)\b|me llamo |vengo de |mi nombre es ",
        r"(?:yo )?(?:prefiero|odio|hablo|uso|adoro|detesto) (?!(?:esto|eso|ese|esta|que|la (?:primera|segunda)"
        r"|el (?:primero|segundo))\b)",
        r"(?:no )?me (?:gusta|gustan|encanta|encantan) (?!(?:esto|eso|esta|este|tu|como|que|mucho|la idea"
        r"|la (?:primera|segunda))\b)",
        r"no (?:como|bebo|puedo comer) (?!(?:se|tu|es|esta)\b)",
        r"tengo (?:un|una|dos|tres|\d) (?:\w{1,15} )?(?:perr|gat|hij|herman|alergia)",
        r"(?:mi|mis) (?:perr[oa]|gat[oa]|mujer|esposa|marido|jef[ea]|hij[oa]s?|cumpleanos|equipo|nombre|direccion"
        r"|herman[oa]|madre|padre|oficina|\w{1,20} favorit[oa]) (?:es|son|se llama|se llaman) (?!no\b)",
    ),
    passing=(
        r"(?:tu|tus|te|ti|usted|por favor|puedes|podrias|ayuda|ayudame|por que|gracias|pero|hoy|ahora|porque|muestra"
        r"|dame|cual)"
    ),
    last=(
        r" ?[,.;!-]{1,3} ?(?:y )?(?P<verb>(?:recuerdalo|recuerdelo|apuntalo|anotalo|memorizalo|no lo olvides"
        r"|recuerda (?:esto|eso)|tenlo en cuenta|tenlo presente|acuerdate))",
    ),
    commands=usual_commands(
        polite=_POLITE,
        gone=_GONE,
        and_="y",
        change=r"cambia|cambie|edita|edite|modifica|modifique|corrige|corrija|actualiza|reemplaza",
        into=r"a|por|con|en",
        whole={
            "forget_last": r"(?:olvida|olvide) (?:eso|esto)|deshacer|deshaz(?:lo| eso)?",
            "forget_everything": (
                rf"{_GONE} (?:todo(?: lo que sabes?)?(?: (?:de|sobre) mi)?|(?:todos )?(?:mis|tus) recuerdos|(?:tu"
                r"|mi) memoria)"
            ),
            "list": (
                r"que (?:sabes|recuerdas|sabe|recuerda)(?: (?:de|sobre) mi)?"
                r"|(?:muestra|muestrame|lista|ensename|ver)(?: todos)? (?:mis|tus|los) recuerdos|mis recuerdos"
            ),
            "pause": (
                r"no (?:recuerdes|guardes|memorices|recuerde|guarde) (?:esto|eso|nada)"
                r"|(?:deja|deje|para) de (?:recordar|memorizar|guardar)(?: .{1,30})?"
            ),
            "resume": r"(?:vuelve|vuelva|empieza) a (?:recordar|memorizar|guardar)(?: .{1,30})?",
            "help": "ayuda",
        },
        words=(
            rf"{_GONE} (?:todo )?lo que (?:te )?(?:dije|he dicho|conte) (?:sobre|de|acerca de) (?P<text>[^?]+)",
            r"olvida (?P<text>(?:mi|nuestr[oa]) (?!memoria)[^?,]{2,80})",
            rf"{_GONE} que (?P<text>[^?]+)",
        ),
    ),
    misspelt=("recuerda",),
    other_words=frozenset({"recuerdo", "recuerdas", "recuerdan", "recuerde", "recuerdos", "recuerden"}),
)
