"""English."""

from __future__ import annotations

from memory.text.intent.language import Command, Language

_NOW_ON = (
    r"(?:from (?:now|today|here|this (?:point|moment|day)) on(?:wards?)?|from here on out|in (?:the )?future"
    r"|going forward|henceforth|as of (?:now|today))"
)
_ANSWER = r"(?:answer|reply|respond|speak|talk|address me|call me)"
_DO = (
    rf"(?:{_ANSWER}|write|use|give|keep|be (?:brief|concise|polite|formal|short|direct|honest|friendly|critical|kind"
    r"|strict)|make|format|show|translate|explain|include|start|begin|end|add|say|ask|tell|refer|treat|assume|avoid"
    r"|stop|skip|summari[sz]e|put|send|convert|limit|prefer|cite|quote|list|don'?t|do not|never|always|no|only)"
)
_WORK = r"(?:deploy|merge|commit|push|release|ship|test|check|review|book|order|buy|schedule|invite|run|cc|tag|mention)"
# What an instruction how to answer is about.
_MANNER = (
    r"(?:emojis?|emoticons?|smileys?|bullet|bullets|markdown|tables?|lists?|headings?|bold|jargon|slang|sarcasm"
    r"|humou?r|english|german|french|spanish|italian|portuguese|dutch|polish|japanese|chinese|british|american"
    r"|metric|imperial|units|celsius|fahrenheit|kilomet(?:er|re)s|miles|dates?|iso|24-hour|time ?zone|answers?"
    r"|replies|responses|sentences?|words?|phrases?|paragraphs?|tone|formal|informal|short|brief|briefly|concise"
    r"|shorter|examples|sources|code blocks?|tabs|spaces|type hints|python|typescript|exclamation marks?|me|my|your"
    r"|you|pleasantries|apologi[sz]e|greetings?|first name|last name|pronouns|short version|summary)"
)
_HERE = (
    r"(?!.{0,300}\b(?:above|below|the following|this (?:function|file|text|list|code|script|document)|(?:all"
    r"|the) tests)\b)"
)
_MINE = (
    r"(?:(?:first |last |full |middle |nick ?|user)?name|nickname|pronouns|birthday|age|address|hometown|city|country"
    r"|e-?mail(?: address)?|phone(?: number)?|time ?zone|language|native language|mother tongue|nationality|religion"
    r"|dog|cat|pet|horse|parrot|wife|husband|partner|spouse|boyfriend|girlfriend|fianc[e]{1,2}|son|daughter|child"
    r"|kids?|children|sons|daughters|dogs|cats|mother|mom|mum|father|dad|brother|sister|parents|siblings|family"
    r"|manager|boss|lead|team(?: lead)?|department|company|employer|job(?: title)?|role|title|position|office|desk"
    r"|working hours|work days|day off|hobb(?:y|ies)|diet|allerg(?:y|ies)|shoe size|size|car|bike|blood type"
    r"|(?:favou?rite|preferred) [\w-]{1,20}(?: [\w-]{1,20})?)"
)
_HAVE = r"(?:an?|two|three|four|five|\d{1,2}|no)"
_KIN = (
    r"(?:dogs?|cats?|kids?|sons?|daughters?|children|brothers?|sisters?|allergy|mac(?:book)?|phd|degree|pets?"
    r"|horses?)"
)
_BE = (
    r"(?:is|are|'s|was|has|have|had|will|can|can't|likes?|prefers?|lives?|works?|changed|moved|starts?|ends?|means?"
    r"|runs?|uses?|needs?|wants?|speaks?|plays?|goes|comes?|hates?|loves?|knows?|leaves?|takes?|opens?|closes?"
    r"|expires?|must)"
)
_POLITE = r"(?:please,? )?(?:(?:can|could|would|will) you (?:please )?)?"
_GONE = r"(?:forget|delete|remove|erase|drop|discard|clear|wipe)"
_ME = r"(?: (?:about|of|on|for) me)"
_MEMORIES = r"(?:(?:all (?:of )?)?(?:my|your|the|these|those|our) )?(?:saved )?memor(?:y|ies)"

ENGLISH = Language(
    name="en",
    please=r"please|pls|plz|kindly|just",
    asks=(
        r"(?:can|could|would|will) (?:you|u)|do|i(?:'d like| would like| want| need) (?:you|u) to|(?:you|u) (?:must"
        r"|have to|need to)|make sure (?:to|you|that you)|it'?s important that you|(?:would|do) you mind|be sure to"
        r"|try to|don'?t you"
    ),
    verbs=(
        r"always remember(?= that | ?:| i\b| my\b)|remember(?:ing(?= that ))?|(?:note|write|jot) (?:this|that"
        r"|it) down|(?:(?:one|a|another) (?:more )?thing|something) to (?:remember|know)(?: about me)?(?= ?:)"
        r"|memori[sz]e|(?:do not|don'?t|never|don'?t you|don'?t ever|never ever) forget(?! (?:to|your|about)\b)"
        r"|forget not|(?:keep|bear)(?: this| that| it)? in mind|(?:make|take|keep) (?:a )?note|note to self"
        r"|self-note|(?:for (?:future|later) reference|for future (?:conversations|chats|answers)|for the record)"
        r"|(?:save|store|record|note|keep) (?:this|that|the following)(?: for later)?(?= ?:)|(?:write|jot"
        r"|note) down(?= that )|(?:save|store|put|keep|add|commit|write|record)(?: this| that| it"
        r"| the following)? (?:to|in|into) (?:your |my |the )?(?:memory|memories|notes(?= ?:| that ))|(?:save|store"
        r"|keep|make|create|add)(?: this| that| it)?(?: as)? an? (?:new )?memory(?= ?:| that |[.! ]*$)"
        r"|new memory(?= ?:)"
    ),
    notes=(
        r"note(?: down)?|(?:fyi |note )?for later|you should (?:remember|know)|write down|jot down|fyi"
        r"|(?:save|store|record)(?= (?:this|that|it|the following|for)\b)"
        r"|(?:add|create|make|save) an? (?:new |global )?(?:rule|preference|note)(?= ?:)"
    ),
    that="that",
    this="(?:this|that|it|the following|these|something)(?: for later| for next time)?(?: about me)?|about me",
    own=(
        r"(?:i|we)(?:'m|'ve|'d|'ll|'re| (?!said|told|asked|mentioned|asks?\b|tell|wrote|once)[a-z'])"
        r"|(?:im|ive) [a-z]|(?:my|our) [\w' -]{1,40}: "
        rf"|(?:my|our) (?:[\w'-]{{1,30}} ){{1,5}}?{_BE}\b|(?:my|our) [\w-]{{1,30}}'s [\w-]{{1,30}}"
        r"|(?:always|never|you (?:should|must|can|may)) [a-z]|to me,? "
    ),
    recalls=(
        r"(?:when|how|what|who|whom|where|why|if|whether|last|yesterday|remember|kids|everyone|everybody|guys|folks"
        r"|all of|children|anything|any|something|nothing|back (?:in|when)|(?:and|as|is|was|or|to be or)\b"
        r"|the (?:time|day|good)|(?:time|day|night|one|guy|girl|man|woman|movie|film|book|song|band|show|game|joke"
        r"|story|restaurant|place|party|trip|year|summer|winter|weekend|bug|meeting|thing|scene"
        r"|conversation)\b(?!(?: [\w-]{1,20}){0,2} (?:is|are|was|has|must|should)\b)|(?:my|your|our) (?:last"
        r"|first|previous|old|name|password|question|message)(?: [\w-]{1,20}){0,3}$)"
    ),
    scopes=(
        ("me", r"for (?:me|myself)"),
        ("channel", r"(?:for|in) (?:this|the) channel"),
        (
            "team",
            r"for (?:us(?: all)?|all of us|(?:(?:the|my|our|this) )?(?:(?:whole|entire) )?(?:team|workspace|company"
            r"|everyone|everybody)(?: (?:in|on) (?:the|our|this) (?:team|channel|company))?)",
        ),
    ),
    room=r"(?:for|in) (?:the )?",
    dates=(
        r"(?:until|till?) (?P<until>[^:;]{1,40}?)|for (?P<span>(?:the next |the )?(?:\d{1,3}|an?|one|two|three"
        r"|four|five|six|seven|eight|nine|ten|this|next|rest of the) (?:days?|weeks?|months?|years?|quarter|sprint))"
    ),
    orders=(
        rf"{_NOW_ON},? (?:please,? )?(?P<text>{_HERE}(?:you (?:should|must|will|are to|can) )?{_DO}\b.+)",
        rf"{_NOW_ON},? (?P<text>(?:when(?:ever)?|if|every time) .{{1,80}}, (?:please )?{_DO}\b.+)",
        rf"(?P<text>(?:always|never)(?: ever)? (?:please )?{_HERE}{_ANSWER}\b.+)",
        r"(?P<text>(?:always|never)(?: ever)? (?!say never|give up|tell"
        rf" a){_HERE}{_DO}\b(?=.{{0,200}}\b{_MANNER}\b).+)",
        r"(?:(?:for|in) (?:all|every|any) (?:future |my |your )?(?:answers?|repl(?:y|ies)|responses?"
        rf"|conversations?),? (?P<text>{_HERE}{_DO}\b.+))",
        rf"(?:let's |let us )?(?P<text>{_HERE}{_DO}\b.{{1,300}}? {_NOW_ON})",
        rf"(?P<text>{_HERE}(?:don'?t|do not|never|stop) (?=.{{0,80}}\b{_MANNER}\b).{{1,80}} (?:any ?more|ever again))",
        rf"(?P<text>{_HERE}{_DO} (?=.{{0,80}}\b{_MANNER}\b)[^,:;.-]{{1,80}} always)",
    ),
    habits=(
        rf"(?:as a (?:general )?rule|in general|generally),? (?P<text>{_HERE}{_DO}\b.+)",
        rf"(?P<text>(?:whenever|every time|when) i (?:ask|say|write|talk|tell) [^?,]{{1,80}}, (?:please )?{_DO}\b.+)",
        rf"(?P<text>(?:stop (?:using|writing|adding|saying)|no more) {_HERE}(?=.{{0,40}}\b{_MANNER}\b).{{1,60}})",
        rf"(?P<text>(?:always|never) (?!say never){_HERE}(?:{_DO}|{_WORK}) .+)",
        rf"{_NOW_ON},? (?P<text>(?:i|i'm|i'll|my) (?!might|may|could|want|would).+)",
        r"(?P<text>(?:do not|don'?t|never) call me (?!back\b|later\b|now\b|again\b|at\b|on\b|if\b|when\b).{2,80})",
        r"you (?:can|may) (?P<text>call me (?!back\b|maybe\b|later\b)[a-z]{2,20})",
    ),
    facts=(
        r"(?:i'?m|i am|i(?:'ve| have)(?: always)? been)(?: not)?(?: (?:a|an|the))?(?: (?:strict|strictly|lifelong"
        r"|native|senior|junior|proud|big|also|severely|very))? (?:vegetarian|vegan|pescatarian|allergic|diabetic"
        r"|lactose|gluten|celiac|coeliac|left-handed|right-handed|deaf|blind|colou?r-?blind|dyslexic|autistic"
        r"|married|divorced|single|retired|muslim|jewish|christian|hindu|buddhist|kosher|from|based in|born|called"
        r"|named|responsible for|in charge of|\d{1,3} years old|\d{1,2}$|fluent|german|french|dutch|greek|swiss"
        r"|czech|thai|[a-z]{3,12}(?:ian|ese)|british|irish|polish|spanish|turkish|swedish|danish|finnish|english"
        r"|scottish|(?:on|in|with) the [\w -]{1,30}(?:team|department|office|group)\b)",
        r"(?:i'?m|i am)(?: not)? (?:a|an|the)(?: [\w-]{1,20}){0,3} (?:engineer|developer|designer|manager|lead"
        r"|teacher|doctor|nurse|student|writer|lawyer|scientist|analyst|architect|admin|consultant|researcher"
        r"|accountant|speaker|beginner|expert|parent|father|mother|dad|mom|runner|musician|founder|director"
        r"|programmer|intern|cto|ceo|cfo|owner|fan|person|assistant|deputy|colleague)\b",
        r"(?:i'?m|i am) [\w-]{1,30}'s (?:assistant|deputy|manager|boss|wife|husband|son|daughter|brother|sister"
        r"|mentor|successor)",
        r"i(?:'d| would) (?:prefer|rather) ",
        r"i(?: also| currently| usually)? (?:live|lived) (?:in|at|near|with|on|by)",
        r"i(?: also| currently| usually| only| always)? work (?:in|at|for|as|from|with|nights|days|part|remotely"
        r"|weekends|mondays|on the)",
        r"i(?: also| really| usually| always| generally| strongly| only)? (?:prefer|like|love|enjoy|hate|dislike"
        r"|speak|drive|play|use) (?!(?:this|that|it|for|you|your|the (?:first|second|third|last|other|idea|way|one"
        r"|new|old)|how|when|what|to (?:know|see|ask)|my)\b)",
        r"i (?:don'?t|do not|can'?t|cannot|never|only) (?:like|eat|drink|drive|speak|use|have|work on) (?!(?:this"
        r"|that|it|you|the)\b)",
        r"i (?:eat|drink) (?:no|only)",
        rf"i(?:'ve| have)(?: got)? {_HAVE}(?: [\w-]{{1,20}}){{0,2}} {_KIN}\b",
        r"i (?:was born|grew up|can'?t stand|go by) ",
        rf"(?:my|our) (?:[\w-]{{1,15}} ){{0,2}}?{_MINE}(?: (?:is|are|is called|was|lives? in|works? (?:at|in|as)"
        r"|speaks?|likes?|hates?)|'s) (?!(?:not|broken|down|ringing|that|to|late|sick|asking)\b)",
        r"we (?:use|deploy|release|work|speak) (?!(?:this|that|it|the|these)\b)",
        r"call me (?!back\b|maybe\b|later\b|crazy\b)[a-z]{2,20}$",
    ),
    passing=(
        r"(?:you|your|please|can you|could you|help|how|why|what'?s?|which|should|summari[sz]e|translate|thanks"
        r"|thank you|but|today|tonight|now|currently|at the moment|right now|here|because|just|suggest|write|show me"
        r"|give me|tell me|later|asking|option)"
    ),
    commands=(
        Command(
            "forget_last",
            rf"{_POLITE}(?:(?:forget|undo) (?:that|this)(?: again| one)?|undo(?: the last one)?|scratch that)",
        ),
        Command(
            "forget_last", rf"{_POLITE}forget (?:what i(?:'ve)? just (?:said|told you)|the last (?:one|memory|thing))"
        ),
        Command(
            "forget_last", rf"{_POLITE}(?:(?:delete|remove|discard) (?:that|this|the last) (?:one|memory)|undo it)"
        ),
        Command("forget_last", rf"{_POLITE}forget (?:it|about (?:it|that))", certain=False),
        Command(
            "forget_number",
            rf"{_POLITE}{_GONE}:? (?:(?:memory|memories|number|nr\.?|no\.?) )?"
            r"(?P<numbers>m\d{1,9}(?:(?:,| and|, and| &)? m\d{1,9}){0,50})",
        ),
        Command(
            "forget_number", rf"{_POLITE}(?:{_GONE} memory(?: number)? |forget:? (?:number )?)(?P<numbers>\d{{1,9}})"
        ),
        Command(
            "forget_everything",
            rf"{_POLITE}{_GONE} (?:everything|all|it all)(?: that)?(?: (?:you|u) (?:know|remember|have|saved|stored"
            rf"|learned))?{_ME}",
        ),
        Command(
            "forget_everything",
            rf"{_POLITE}{_GONE} (?:everything(?: you (?:know|remember))?|all(?: of it)?|me|it all)",
        ),
        Command(
            "forget_everything",
            rf"{_POLITE}{_GONE} (?:all (?:of )?(?:my |your |the )?|(?:my|your|the) )(?:whole |entire )?memor(?:y"
            rf"|ies){_ME}?",
        ),
        Command(
            "forget_words",
            rf"{_POLITE}forget (?:what|everything|all|anything)(?: that)? (?:i(?:'ve)? (?:ever )?(?:said|told you"
            r"|wrote) |you know )?(?:about|on) (?P<text>(?!me$)[^?]+)",
        ),
        Command(
            "forget_words",
            rf"{_POLITE}{_GONE} (?:everything|all) about (?P<text>(?!me$|it\b|this\b|that\b)[^?]{{2,200}})",
        ),
        Command("forget_words", rf"{_POLITE}forget that (?P<text>(?:i|i'm|we|my|our)\b[^?]+)"),
        Command("forget_words", rf"{_POLITE}stop remembering (?:that )?(?P<text>(?:i|i'm|we|my|our)\b[^?]+)"),
        Command(
            "forget_words",
            rf"{_POLITE}{_GONE} (?:the|my|all|every)? ?(?:memory|memories) (?:about|of|on|with) (?P<text>[^?]+)",
        ),
        Command("forget_words", r"forget ?: ?(?P<text>.+)"),
        Command("forget_words", rf"{_POLITE}forget (?P<text>(?:my|our) [^?,]{{2,80}})"),
        Command("forget_words", rf"{_POLITE}forget about (?P<text>(?!it\b|that\b|this\b)[^?,]{{2,80}})", certain=False),
        Command(
            "update",
            rf"{_POLITE}(?:update|change|edit|correct|replace|set|amend|rewrite) (?:memory )?(?P<numbers>m\d{{1,9}})"
            r"(?: ?[:=] ?| (?:to|with|into|so that it)(?: (?:say|says|read))?:? | - )(?P<text>.+)",
        ),
        Command("list", rf"{_POLITE}(?:list|show|display|print)(?: me)? {_MEMORIES}{_ME}?"),
        Command(
            "list",
            rf"{_POLITE}(?:list|show|search|find|display)(?: me)? {_MEMORIES} (?:about|on|for"
            r"|with) (?P<text>(?!me$)[^?]{2,100})",
        ),
        Command("list", r"(?:all )?my memories|what'?s? (?:is )?in your memory(?: about me)?"),
        Command(
            "list",
            rf"{_POLITE}(?:(?:show|tell) me )?what(?: else)? (?:(?:do )?you (?:still )?(?:know|remember|have(?: saved"
            r"| stored)?)|have you (?:saved|stored|remembered|kept)) (?:about|on|of|for) me(?: so far| already"
            r"| exactly)?",
        ),
        Command(
            "list",
            rf"{_POLITE}(?:show me )?what (?:(?:do )?you (?:still )?remember|have you (?:saved"
            r"|remembered))(?: so far)?",
        ),
        Command(
            "pause",
            rf"{_POLITE}(?:stop|quit|pause) (?:remembering|memori[sz]ing|saving|storing)(?: (?:everything|anything"
            rf"|things?|this|that|me|stuff))?{_ME}?",
        ),
        Command(
            "pause",
            rf"{_POLITE}(?:don'?t|do not|never) (?:remember|memori[sz]e|save|store|keep) (?:this|that|it|anything"
            rf"|any of this|everything){_ME}?",
        ),
        Command(
            "pause", rf"{_POLITE}(?:pause|disable|turn off|switch off|deactivate) (?:your |the |my )?memor(?:y|ies)"
        ),
        Command("pause", rf"{_POLITE}(?:turn|switch) (?:your |the |my )?memory off|memory off|off the record"),
        Command(
            "resume",
            rf"{_POLITE}(?:start|resume|continue) (?:remembering|memori[sz]ing|saving)(?: (?:things?|everything"
            r"|me))?(?: again)?",
        ),
        Command(
            "resume",
            rf"{_POLITE}(?:resume|enable|unpause|reactivate|turn on|switch on|turn back on) (?:your |the "
            r"|my )?memory(?: again)?",
        ),
        Command("resume", rf"{_POLITE}(?:turn|switch) (?:your |the |my )?memory (?:back )?on(?: again)?|memory on"),
        Command(
            "resume",
            r"you (?:can|may) (?:remember|save|start (?:remembering|saving))(?: (?:things|everything))? again",
        ),
        Command("help", r"(?:help|commands|what can you do)"),
    ),
    last=(
        r" ?[,.;!-]{1,3} ?(?:and |so |but )?(?P<verb>(?:please |pls )?(?:(?:can"
        r"|could) you )?(?:please )?(?:(?:remember|save|memori[sz]e|don'?t forget|do not forget"
        r"|never forget) (?:that|this|it)|(?:keep|bear) (?:that|this|it) in mind|make a note(?: of (?:that|this"
        r"|it))?)(?: for (?:me|later))?)",
    ),
    misspelt=("remember",),
    other_words=frozenset({"remembers", "remembered", "member", "dismember", "december"}),
)
