"""The small words of some languages: they carry no subject, and tell which language it is."""

import re
from collections.abc import Iterable
from functools import cache

_SMALL_WORDS = {
    "english": """
        a an the and or but nor if then than so as of at by for from in into on onto to with
        without about over under up down out off through during before after between against
        again further i me my mine myself we us our ours ourselves you your yours yourself he
        him his she her hers it its itself they them their theirs themselves this that these
        those who whom whose which what when where why how is am are was were be been being do
        does did doing done have has had having can could will would shall should may might must
        ought need not no yes don doesn didn isn aren wasn weren hasn haven hadn won wouldn
        shouldn couldn can't cannot t s re ve ll d m there here just only also very too such
        both each few more most some any all other own same let lets please me want wish like
        get got gets getting go going way ways thing things something anything possible able
        explain know mean there's what's that's while until because us etc eg ie hi hello much
        many often long soon far instead maybe ever never every everything everyone someone
        anyone nothing somewhere please thanks exactly really quite actually currently now today
        again still already yet upon within across per via one ones whats whos wheres hows whens
        theres thats dont doesnt didnt isnt arent wasnt cant wont couldnt shouldnt wouldnt havent
        hasnt im ive""",
    "german": """
        der die das den dem des ein eine einen einem einer eines und oder aber wenn dann als wie
        so von vom zu zum zur bei beim in im ins an am auf aus mit ohne für über unter nach vor
        zwischen gegen durch um bis seit während wegen ich mich mir mein meine meinen meiner wir
        uns unser unsere du dich dir dein deine ihr euch euer ihre ihren ihrer ihnen sie er ihn
        ihm sein seine seinen es man dies diese dieser dieses diesen diesem jene jener welche
        welcher welches wer wen wem wessen was wann wo warum wieso weshalb woher wohin ist bin
        bist sind seid war waren wird werden wurde wurden worden sein gewesen habe hast hat
        haben hatte hatten kann kannst können könnte muss müssen soll sollen sollte darf dürfen
        will wollen möchte nicht kein keine keinen ja nein da hier dort nur auch sehr schon noch
        mehr alle alles andere bitte gibt geht machen mache tun sich dass ob weil denn doch
        etwas lange habt""",
    "french": """
        le la les l un une des du de d et ou mais si alors que qu comme à au aux en dans sur
        sous par pour avec sans vers chez entre contre pendant avant après depuis je j me m moi
        mon ma mes nous notre nos tu te t toi ton ta tes vous votre vos il elle on ils elles se
        s lui leur leurs son sa ses ce cet cette ces ça c qui quoi dont où quand comment
        pourquoi combien quel quelle quels quelles est suis es sommes êtes sont était étaient
        être été ai as a avons avez ont avait avoir eu fait faire peut peux pouvez pouvons
        peuvent puis dois doit doivent faut veux veut voulez ne n pas plus non oui y là ici très
        aussi tout tous toute toutes autre autres même merci bonjour""",
    "spanish": """
        el la los las lo un una unos unas y e o u pero si entonces que como de del a al en con
        sin por para sobre bajo desde hasta entre contra durante antes después yo me mi mis mí
        nosotros nos nuestro nuestra tú te ti tu tus usted ustedes su sus él ella ellos ellas le
        les se este esta esto estos estas ese esa eso esos esas aquel quien quién cual cuál
        cuáles qué cuándo cuando dónde donde cómo cuánto cuánta cuántos por qué porque es soy
        eres somos son era eran ser sido está estoy están estar he ha han hay había haber tengo
        tiene tienen tener hacer hace puedo puede pueden poder debo debe deben quiero no sí ya
        más muy también todo todos toda todas otro otra mismo favor hola gracias""",
    "italian": """
        il lo la i gli le l un uno una e ed o ma se allora che come di del dello della dei degli
        delle a al allo alla ai agli alle da dal dalla in nel nella nei nelle su sul sulla con
        senza per tra fra sotto sopra contro durante prima dopo io mi me mio mia miei mie noi ci
        nostro nostra tu ti te tuo tua tuoi voi vi vostro lui lei egli essi loro suo sua suoi si
        questo questa questi queste quello quella chi cui quale quali cosa quando dove perché
        quanto quanti è sono sei siamo siete era erano essere stato ho hai ha abbiamo avete
        hanno aveva avere fare fa posso può possiamo possono devo deve devono voglio non sì no
        più molto anche tutto tutti altra altro stesso qui lì ciao grazie""",
    "portuguese": """
        o a os as um uma uns umas e ou mas se então que como de do da dos das em no na nos nas
        ao à aos às por pelo pela para com sem sobre sob desde até entre contra durante antes
        depois eu me mim meu minha meus minhas nós nosso nossa tu te você vocês seu sua seus
        suas ele ela eles elas lhe este esta isto esse essa isso aquele quem qual quais quê
        quando onde porquê porque quanto quantos é sou és somos são era eram ser sido está estou
        estão estar tenho tem têm ter havia há fazer faz posso pode podem poder devo deve devem
        quero não sim já mais muito também todo todos toda todas outro outra mesmo favor olá
        obrigado obrigada""",
    "dutch": """
        de het een en of maar als dan dat die dit deze van voor met zonder op in aan bij uit
        naar over onder tussen tegen door om tot sinds tijdens na ik mij me mijn wij we ons onze
        jij je jou jouw jullie u uw hij hem zijn zij ze haar hun hen er wie wat welke welk
        wanneer waar waarom hoe hoeveel is ben bent was waren wordt worden werd werden geweest
        heb hebt heeft hebben had hadden kan kun kunt kunnen kon moet moeten mag mogen wil
        willen zal zullen zou niet geen ja nee hier daar alleen ook zeer heel al nog meer alle
        alles andere te doen doe lang""",
    "swedish": """
        en ett den det de och eller men om så som av för från i in på till med utan över under
        mellan mot genom vid efter före jag mig min mitt mina vi oss vår vårt våra du dig din
        ditt dina ni er era han honom hans hon henne hennes dem deras sig sin sitt sina denna
        detta dessa vem vad vilken vilket vilka när var varför hur är vara varit blir bli blev
        har hade ha kan kunde ska skall skulle måste får vill inte ingen inget ja nej här där
        bara också mycket mer alla allt andra att""",
    "danish": """
        en et den det de og eller men hvis så som af for fra i på til med uden over under mellem
        mod gennem ved efter før jeg mig min mit mine vi os vores du dig din dit dine i jer han
        ham hans hun hende hendes dem deres sig sin sit sine denne dette disse hvem hvad hvilken
        hvilket hvilke hvornår hvor hvorfor hvordan er være var været bliver blive blev har
        havde have kan kunne skal skulle må vil ikke ingen intet ja nej her der kun også meget
        mere alle alt andre at""",
    "russian": """
        и или но а если то что как так в во на по с со к ко о об от до из за у для без под над
        между через при про после перед я меня мне мой моя мои моё мы нас нам наш наша ты тебя
        тебе твой вы вас вам ваш ваша ваши он его ему она её ей они их им себя свой этот эта это
        эти тот та те кто чей какой какая какие который когда где куда откуда почему зачем
        сколько есть был была было были быть будет будут могу может можно могут нужно надо хочу
        не нет ни да же ли бы здесь там тут только тоже также очень уже ещё более все всё весь
        другой""",
    "polish": """
        i a o u w z ze we na do od po za przed pod nad przy przez dla bez o oraz lub albo ale czy
        że żeby jeśli jeżeli gdy jak jaki jaka jakie jakim jakiej kto kogo komu co czego czym
        który która które których kiedy gdzie skąd dokąd dlaczego czemu ile jest są był była było
        być będzie będą mam masz ma mamy macie mają mogę możesz może możemy możecie mogą można
        muszę musi trzeba chcę chce chciałbym chciałabym ja mnie mi mój moja moje my nas nam nasz
        ty cię ci twój pan pani państwo on ona ono oni jego jej ich się to ten ta te tego tej tym
        tu tam nie tak też także tylko już jeszcze bardzo więcej wszystko proszę dziękuję długo
        dużo""",
    "turkish": """
        ve veya ya da de ile için gibi kadar göre sonra önce ama fakat eğer ki mi mı mu mü miyim
        mıyım muyum müyüm misiniz mısınız musunuz müsünüz misin mısın musun müsün miyiz mıyız ne
        neden niçin niye nasıl nerede nereden nereye kim kime kimin hangi kaç zaman bir bu şu o
        bunu şunu onu ben bana beni benim biz bize bizim sen sana senin siz size sizin onlar var
        yok değil evet hayır çok az daha en her hep tüm bütün şey olarak olan olur olacak oldu
        eder edebilirim edebilir edebiliyor ediyor yapabilirim yapılır istiyorum lütfen
        teşekkürler""",
    "arabic": """
        في من إلى على عن مع بين قبل بعد حتى خلال عند و أو ثم لكن إذا أن إن لأن ما ماذا هل متى أين
        كيف كم لماذا أي من هو هي هم نحن أنا أنت أنتم هذا هذه ذلك تلك هناك هنا الذي التي كان كانت
        يكون تكون ليس لا لم لن قد يمكن يمكنني يمكنكم يمكننا هلا نعم كل بعض غير جدا أيضا فقط لدي
        لديكم عندكم بواسطة أريد لو سمحت شكرا""",
    "hebrew": """
        של את על אל עם בין לפני אחרי עד מן או אבל אם כי מה מי מתי איפה היכן איך כמה למה מדוע איזה
        איזו אני אתה אנחנו אתם הוא היא הם זה זו זאת אלה יש אין היה הייתה יהיה תהיה האם לא כן גם רק
        מאוד עוד כל אפשר ניתן יכול יכולה יכולים צריך צריכה רוצה שלי שלך שלכם שלנו לי לך לכם בבקשה
        תודה כאן שם""",
    "hindi": """
        है हैं था थी थे हो होता होती होते होगा का की के को से में पर तक और या लेकिन अगर तो कि जो
        यह वह ये वे मैं मुझे मेरा मेरी हम हमें हमारा हमारी आप आपका आपकी आपके तुम तुम्हारा तुम्हारी
        क्या कौन कब कहाँ कहां कैसे क्यों कितना कितनी कितने किस कोई कुछ नहीं हाँ भी ही न कर करें
        करना करूँ सकता सकती सकते रहता रहती रहेगा लिए कृपया धन्यवाद एक""",
    "korean": """
        얼마 어떻 어디 언제 무엇 무슨 누구 누가 어느 있나 있는 있습 있어 되나 되는 됩니 하나 하는
        합니 인가 인지 주세 싶어 싶습 저는 제가 나는 내가 우리 그리 그런 그거 이거 저거 이것 그것
        수 몇 왜 할 좀 및 또 더 안 것 게 요 하면 되면 해요 돼요 나요 가요 까지 부터""",
}

# Words that ask rather than say what is asked about: they help to choose, not to find.
_ASKING_WORDS = {
    "english": """
        work works working worked tell give show use uses used using happen happens happening
        contain contains include includes mean means meaning need needs needed handle handled
        handles call called exist exists kind kinds type types sort example examples detail
        details information info question questions answer answers good bad best better worst
        nice great right wrong new different difference special important main purpose reason
        reasons idea point look looks come comes take takes keep keeps put say says know make
        makes made making see think find try trying help let set want case problem available
        describe definition define list high amount bring""",
    "german": """
        hoch groß viel funktioniert funktionieren bedeutet heißt passiert enthält enthalten
        benutzen benutze verwenden verwende nutzen nutze brauche braucht brauchen finde finden
        bekomme bekommen gut besser beste neu sagen information informationen frage beispiel
        unterschied art dauert dauern mitbringen mitnehmen""",
    "french": """
        fonctionne fonctionner marche marcher signifie signifier utiliser utilise besoin arrive
        passe contient trouver trouve savoir bon bonne meilleur information question exemple
        différence temps dure durer venir apporter amener""",
    "spanish": """
        funciona funcionar significa sirve usar uso necesito necesita contiene pasa encontrar
        encuentro saber bueno mejor información pregunta ejemplo diferencia hora tiempo dura tarda
        llevar traer""",
    "italian": """
        funziona funzionare significa serve usare uso contiene succede trovare trovo sapere
        buono migliore informazione informazioni domanda esempio differenza bisogno tempo dura
        portare""",
    "portuguese": """
        funciona funcionar significa serve usar uso preciso precisa contém acontece encontrar
        encontro saber bom melhor informação pergunta exemplo diferença tempo dura levar trazer""",
    "dutch": """
        werkt werken betekent gebruiken gebruik nodig gebeurt bevat vinden vind weten goed beter
        beste informatie vraag voorbeeld verschil duurt duren meenemen meebrengen""",
}

# What is grammar in scripts without spaces: in Japanese all that is written in hiragana.
_GRAMMAR = {
    "japanese": re.compile("[ぁ-ゖ]+"),
    "chinese": re.compile(
        "为什么|什么|怎么|怎样|如何|多少|多长|多久|多大|哪里|哪儿|哪些|可以|请问|有没有|是不是|能不能"
        "|几点|一下|[的了吗呢吧是我你您们这那哪几谁]"
    ),
}
_OWN_LETTERS = {
    "german": frozenset("ß"),
    "spanish": frozenset("ñ"),
    "portuguese": frozenset("ãõ"),
    "polish": frozenset("ąęłśźż"),
    "turkish": frozenset("ğı"),
}
_BY_SCRIPT = (
    ("ぁ", "ヿ", "japanese"),
    ("가", "힣", "korean"),
    ("一", "鿿", "chinese"),
    ("֐", "׿", "hebrew"),
    ("Ͱ", "Ͽ", "greek"),
    ("Ѐ", "ӿ", "russian"),
    ("԰", "֏", "armenian"),
    ("؀", "ۿ", "arabic"),
    ("ऀ", "ॿ", "hindi"),
    ("஀", "௿", "tamil"),
)


@cache
def small_words(language: str) -> frozenset[str]:
    """Return the words of this language that carry no subject."""
    return frozenset(_SMALL_WORDS.get(language, "").split())


@cache
def asking_words(language: str) -> frozenset[str]:
    """Return the words of this language that ask rather than say what is asked about."""
    return frozenset(_ASKING_WORDS.get(language, "").split())


def without_grammar(text: str, language: str) -> str:
    """Return a text with spaces for what is grammar in a script that has none.

    >>> without_grammar("荷物はいくらですか", "japanese").split()
    ['荷物']
    """
    grammar = _GRAMMAR.get(language)
    return grammar.sub(" ", text) if grammar else text


def guess(words: Iterable[str], otherwise: str = "english") -> str:
    """Guess the language of some lower-case words from the smallest of them.

    >>> guess("wie kann ich das wieder abbestellen".split())
    'german'
    """
    sample = list(words)
    for first, last, language in _BY_SCRIPT:
        if sum(any(first <= sign <= last for sign in word) for word in sample) * 2 > len(sample):
            return language
    hits = {
        language: sum(word in small_words(language) or not own.isdisjoint(word) for word in sample)
        for language, own in ((name, _OWN_LETTERS.get(name, frozenset())) for name in _SMALL_WORDS)
    }
    best = max(hits, key=lambda language: (hits[language], language == otherwise))
    # A word or two may be anybody's; the assumption stands until something else is clearly better.
    return best if hits[best] > hits.get(otherwise, 0) and hits[best] >= 2 else otherwise
