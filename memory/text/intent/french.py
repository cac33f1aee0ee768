"""French."""

from __future__ import annotations

from memory.text.intent.language import Language, usual_commands

_NOW_ON = r"(?:desormais|dorenavant|a partir de (?:maintenant|aujourd'hui)|a l'avenir|dans le futur|des maintenant)"
_ANSWER = (
    r"(?:reponds|repondez|ecris|ecrivez|parle|parlez|utilise|utilisez|emploie|employez|tutoie|tutoyez|vouvoie"
    r"|vouvoyez|appelle|appelez|donne|donnez|formule|explique|traduis|commence|termine)"
)
_ME = r"(?:-(?:moi|nous|les?))?"
_POLITE = r"(?:(?:s'il te plait|s'il vous plait|stp|svp),? )?(?:(?:peux-tu|pourrais-tu|tu peux|pouvez-vous) )?"
_GONE = r"(?:oublie|oubliez|oublier|supprime|supprimez|efface|effacez|efface[rz])"

FRENCH = Language(
    name="fr",
    please=r"s'?il (?:te|vous) plait|stp|svp|merci de",
    asks=(
        r"(?:peux|pourrais|voudrais)[- ]tu(?: te)?|tu (?:peux|pourrais)(?: te)?|(?:pouvez|pourriez)[- ]vous(?: vous)?"
        r"|vous (?:pouvez|pourriez)(?: vous)?|je (?:veux|voudrais) que tu|il faut que tu|tu dois(?: te)?"
    ),
    verbs=(
        r"souviens[- ]toi(?: bien)?|souvenez[- ]vous(?: bien)?|(?:se )?souvenir|(?:rappelle[- ]toi"
        r"|rappelez[- ]vous)(?: bien)?|(?:retiens|retenez|retenir|memorise|memorisez|memoriser)(?: bien)?"
        r"|n[' ]?(?:oublie|oubliez|oublies)(?: (?:pas|jamais|surtout pas))|ne pas oublier|ne l'oublie[sz]? pas"
        r"|(?:garde|gardez|gardes|garder)(?: bien)? (?:en tete|en memoire|a l'esprit)|(?:enregistre|enregistrez"
        r"|ajoute|ajoutez|mets|note|notez)(?: ceci| cela| ca)? (?:en|dans ta|dans votre|a ta) memoire|(?:notez"
        r"|note bien|notez bien)(?= ?:)|prends note|prenez note|note a moi-meme|(?:enregistre|enregistrez|sauvegarde"
        r"|sauvegardez)(?= (?:ceci|cela|ca) ?:| ?:)"
    ),
    notes=(
        r"sache|sachez|(?:note|notez|noter)(?: bien)?|veuillez noter|enregistre|enregistrez|sauvegarde|pour memoire|fyi"
    ),
    that=r"que|qu(?=')|qu'",
    this=r"de ca|de cela|ca|cela|ceci|bien ceci|bien|la chose suivante",
    own=(
        r"'?(?:je |j'|nous )[a-z]|'?(?:mon|ma|mes|notre|nos) [\w'-]{1,30}(?: [\w'-]{1,30}){0,4}? (?:est|sont"
        r"|s'appelle|a|ont|sera|habite|part)\b"
    ),
    recalls=(
        r"(?:tes\b|ton\b|ta\b|vos\b|l'ete|la fois|quand|comment|ou\b|qui\b|pourquoi|de (?:ce|la fois|quand|moi|nous)"
        r"|notre|du jour|si\b)"
    ),
    scopes=(
        ("me", r"pour moi"),
        ("channel", r"(?:pour|dans) (?:ce|le) (?:canal|salon)"),
        ("team", r"pour (?:nous(?: tous)?|tous|tout le monde|(?:toute )?l'equipe|notre equipe)"),
    ),
    room=r"(?:pour|dans) ",
    dates=(
        r"jusqu'(?:a|au|en) (?P<until>[^:;]{1,40}?)"
        r"|pendant (?P<span>(?:\d{1,3}|un|une|deux|trois) (?:jours?|semaines?|mois|ans?))"
    ),
    orders=(
        rf"{_NOW_ON},? (?:tu )?(?P<text>(?:{_ANSWER}{_ME}|n'(?:utilise|emploie)|ne) .+)",
        rf"(?P<text>{_ANSWER}{_ME} (?:toujours|jamais|{_NOW_ON})\b.*)",
        r"(?P<text>(?:ne |n')(?:me |nous )?(?:reponds|repondez|ecris|parle|utilise|utilisez|emploie|tutoie|vouvoie"
        r"|appelle)[\w-]{0,5} (?:plus )?jamais\b.*)",
        rf"(?P<text>{_ANSWER}{_ME} .{{1,200}}? (?:{_NOW_ON}|toujours))",
        r"(?P<text>toujours (?:repondre|ecrire|parler|utiliser|tutoyer|vouvoyer) .+)",
    ),
    habits=(rf"(?P<text>{_NOW_ON},? (?:je |j').+)",),
    facts=(
        r"je (?:ne )?suis (?:pas )?(?:une? )?(?:vegetarien|vegan|allergique|gaucher|droitier|daltonien|diabetique"
        r"|marie|celibataire|ne a|nee a|de |d'origine|[a-z]{2,12}(?:ais|aise|ien|ienne)\b|developpeu|ingenieur"
        r"|medecin|enseignant|etudiant|designer|manager|professeur)",
        r"j'habite (?:a|au|en|dans|avec|chez)\b|je vis (?:a|au|en|avec)\b|je travaille (?:a|au|chez|en|dans|pour"
        r"|comme|de|le)\b|je m'appelle |je viens (?:de|du|des)\b",
        r"(?:je (?:prefere|deteste|parle|conduis|bois|mange|joue|hais)|j'(?:aime|adore|utilise))(?: (?:les?|la|du"
        r"|des|de|l'))? ?(?!(?:ca|cela|ceci|ce|bien|cette|premier|premiere|deuxieme|seconde?|toi|vous|beaucoup"
        r"|idee)\b)[a-z]",
        r"je ne (?:mange|bois|parle|conduis|supporte) (?:pas|jamais|plus) ",
        r"j'ai (?:un|une|deux|trois|\d) (?:\w{1,15} )?(?:chien|chat|enfant|fils|fille|allergie|frere|soeur)",
        r"(?:mon|ma|mes) (?:chien|chat|chatte|femme|mari|chef|cheffe|manager|fils|fille|anniversaire|equipe|enfants"
        r"|nom|prenom|adresse|frere|soeur|mere|pere|bureau|[\w-]{1,20} prefere[es]?)(?: (?:prefere[es]?))? (?:est"
        r"|sont|s'appelle|s'appellent) (?!pas\b)",
    ),
    passing=(
        r"(?:tu|ta|ton|tes|toi|vous|votre|vos|s'il te plait|stp|svp|aide|comment|pourquoi|que faire|quel|quelle"
        r"|merci|mais|aujourd'hui|maintenant|en ce moment|parce que|montre|donne)"
    ),
    last=(
        r" ?[,.;!-]{1,3} ?(?:et |alors )?(?P<verb>(?:souviens[- ]t'en|souvenez[- ]vous[- ]en"
        r"|souviens[- ]toi de (?:ca|cela)|(?:retiens|notez?|memorise)(?:-le| ca| cela| bien)?|ne l'oublie pas"
        r"|n'oublie pas(?: ca)?))",
    ),
    commands=usual_commands(
        polite=_POLITE,
        gone=_GONE,
        and_="et",
        change=r"change|changez|modifie|modifiez|corrige|corrigez|remplace|remplacez|mets a jour",
        into=r"en|par|pour|a|avec",
        whole={
            "forget_last": r"(?:oublie|oubliez) (?:ca|cela|ceci)|annule(?:r|z)?(?: ca| cela)?",
            "forget_everything": (
                rf"{_GONE} (?:tout(?: ce que (?:tu sais|vous savez))?(?: (?:de|sur) moi)?"
                r"|(?:tous )?(?:mes|tes) souvenirs|(?:ta|ma) memoire)"
            ),
            "list": (
                r"(?:que sais-tu|qu'as-tu (?:retenu|memorise|enregistre)|qu'est-ce que tu sais|tu sais quoi"
                r"|que savez-vous)(?: (?:de|sur) moi)|(?:montre|affiche|liste)(?:-moi)?(?: tous)? (?:mes"
                r"|tes) souvenirs|mes souvenirs"
            ),
            "pause": (
                r"ne (?:retiens|memorise|enregistre|note) (?:pas|rien)(?: (?:ca|cela|ceci))?"
                r"|(?:arrete|cesse) de (?:memoriser|retenir|te souvenir|enregistrer)(?: .{1,30})?"
            ),
            "resume": r"(?:recommence|reprends) (?:a )?(?:memoriser|retenir|te souvenir|enregistrer)",
            "help": "aide|a l'aide",
        },
        words=(
            rf"{_GONE} (?:tout )?ce que (?:je t')?(?:j'ai|ai)? ?dit (?:sur|a propos de|de) (?P<text>[^?]+)",
            rf"{_GONE} (?P<text>(?:mon|ma|mes|notre|nos) (?!souvenirs)[^?,]{{2,80}})",
            rf"{_GONE} que? ?(?P<text>(?:je|j'|nous|mon|ma|mes|notre)[^?]+)",
        ),
    ),
    misspelt=("souviens",),
    other_words=frozenset({"souvient"}),
)
