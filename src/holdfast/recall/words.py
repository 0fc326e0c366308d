"""Words that need to be known: those that say nothing in a question, those that say little, and irregular forms.

Chosen by measurement. English, with a few of Spanish, German and French.
"""

from collections.abc import Mapping
from typing import Final

__all__ = ["LITTLE", "NOTHING", "OTHER_FORMS"]

_NOTHING = """
a about again all also am an and any are as at be been being but by can could did do does doing don done each few
for from had has have having he her here hers him his how i if in into is isn it its itself just ll may me might
more most must my no nor not now of on only or other our ours over own re s same shall she should so some such t
than that the their theirs them then there these they this those through to too under until us very ve was we were
what when where which while who whom whose why will with would you your yours al aux como con cuando cómo de del den
der des die du eine einem einen einer el ella en es est et für haben hat ich il ist la las le les los mit nous oder
où para pour por pourquoi qué que qui quoi sont sur und une uns vom von wann warum wer wie wir wo zum zur
"""
_TALK = """
actually after already always another anyone anything away awesome back basically because before bit come continue
cool correct currently day describe down either else enough even ever every everything exactly explain find fine
first get gets getting give go goes going gone good got great happen happened happens hello hey hi keep kind know
last let lets like little look looks lot made make makes many maybe mean mention mentioned mine much need next nice
nope off oh ok okay once one out perfect please possible pls probably proceed put question quite rather ready really
recall recently remember remind right said say says see seem show since someone something sorry start still stop
stuff sure take tell thank thanks thing things think though time together try trying two up upon use used using wait
want way well went without work worked working works yeah yep yes yet answer ask asked able done thoughts idea
"""
_TRADE = """
add added adding build bug bugs call calls change changed changes check class clean code command commit commits
config create data default delete error errors fail failed failing fails feature file files fix fixed fixes folder
function handle help implement improve issue issues line lines list log logs main method module move name new old
open option output path plan pr problem project prompt pull push read refactor remove rename repo result return
review run running runs set setup simple step string support switch task test tested testing tests type update
updated user value version write yesterday today tomorrow week month year ago earlier later latest previous decide
decided decision choose chose agree agreed reason prefer bitte danke weiter gracias sigue merci continuez oui ja si
sí ändern datei fehler fichier erreur archivo prueba
"""
_FORMS = """
become became|begin began begun|bind bound|break broke broken|bring brought|build built|buy bought|catch caught
choose chose chosen|come came|deal dealt|draw drew drawn|drive drove driven|eat ate eaten|fall fell fallen|feed fed
feel felt|fight fought|find found|fly flew flown|forget forgot forgotten|freeze froze frozen|get got gotten
give gave given|go went gone|grow grew grown|hang hung|hear heard|hide hid hidden|hold held|keep kept
know knew known|lead led|leave left|lend lent|lose lost|make made|mean meant|meet met|pay paid|ride rode ridden
ring rang rung|rise rose risen|run ran|see saw seen|seek sought|sell sold|send sent|shake shook shaken|shoot shot
show shown|shrink shrank shrunk|sing sang sung|sink sank sunk|sit sat|sleep slept|speak spoke spoken|spend spent
spin spun|stand stood|steal stole stolen|stick stuck|strike struck|swear swore sworn|swim swam swum|take took taken
teach taught|tear tore torn|tell told|think thought|throw threw thrown|understand understood|wake woke woken
wear wore worn|win won|write wrote written|child children|foot feet|man men|mouse mice|person people|woman women
index indices|matrix matrices|vertex vertices|analysis analyses|criterion criteria|datum data|life lives|wife wives
leaf leaves|half halves
"""
# Words that only join, point and ask. A longer list finds less: even "make" and "before" tell texts apart.
NOTHING: Final = frozenset(_NOTHING.split())
# Words of talk and of the trade that say little by themselves: what is shared with them alone is not yet an answer.
LITTLE: Final = frozenset(_TALK.split()) | frozenset(_TRADE.split())
# Forms that no ending tells: a question about what was chosen is answered by "we chose".
OTHER_FORMS: Final[Mapping[str, tuple[str, ...]]] = {
    form: tuple(other for other in forms if other != form)
    for forms in (each.split() for each in _FORMS.replace("\n", "|").split("|"))
    for form in forms
}
