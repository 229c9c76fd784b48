"""What a text asks of us. Safety comes first: a denial is looked for before anybody is called safe."""

from collections.abc import Collection, Sequence
from typing import Final

from core.intents.clearing import Clearing
from core.intents.evidence import QUESTION_MARKS, Decision, Evidence, because
from core.intents.keywords import Mode, Sense
from core.intents.matching import Match
from core.intents.reading import Intent
from core.intents.text import Kind, is_converted
from core.intents.travel import Travel

_REACH: Final = 6  # words a denial reaches for certain
_FAR_REACH: Final = 10  # words within which it may be meant: then nobody is called safe
_BESIDE: Final = 3  # words between a denial and the end of a trip that it denies
_TRAIL: Final = 4  # pieces behind a word of safety that may be its mistyped denial
_DENIABLE: Final = frozenset({Intent.END, Intent.START})
_SMALL: Final = frozenset({Sense.COMMON, Sense.COUNTED, Sense.NUMBER, Sense.AND})
_EMPTY: Final = frozenset({Sense.POLITE, Sense.REASSURING, Sense.AT, Sense.COUNTED})
_PERSONS: Final = frozenset({Sense.COMPANION, Sense.COMPANIONS, Sense.CHILDREN, Sense.ADULTS})
_HARMLESS: Final = (
    _SMALL | _PERSONS | {Sense.POLITE, Sense.REASSURING, Sense.AT, Sense.OF, Sense.WITH, Sense.TODAY}
)
_UNSURE: Final = (Sense.WISHING, Sense.DOUBTING)
_BRIEF: Final = 3  # words beside the denial of a clause that has nothing to say but who is not
_COMMAS: Final = frozenset(",،၊、，")
# After need_help: what law and wish demand, then where people are, then what they want to know.
_ORDER: Final = (
    Intent.STOP, Intent.DELETE, Intent.START, Intent.MY_DATA, Intent.NOT_THERE, Intent.END, Intent.WHERE,
    Intent.INFO, Intent.LANGUAGE, Intent.CARD, Intent.HELP,
)  # fmt: skip
# What a word that is both "please" and "help!" may introduce.
_ASKED_POLITELY: Final = frozenset({
    Intent.STOP, Intent.DELETE, Intent.START, Intent.MY_DATA, Intent.END, Intent.LANGUAGE, Intent.CARD,
    Intent.REGISTER, Intent.UPDATE,
})  # fmt: skip


class Judge:
    """Weighs one text's evidence."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._tokens = evidence.found.tokens
        self._by_sense: dict[object, list[Match]] = {}
        for match in evidence.found.matches:
            # In what sells something no word is read that is not there: "a new car" is no danger mistyped.
            if self._in_place(match) and not (match.typo and evidence.has_link):
                self._by_sense.setdefault(match.entry.sense, []).append(match)
        read = [*evidence.found.matches, *evidence.proof]
        self._known = {at for m in read if not m.typo for at in range(m.start, m.end)} | {
            at for at, t in enumerate(self._tokens) if t.kind is not Kind.WORD
        }
        small = (m for m in evidence.found.matches if m.entry.sense in _SMALL)
        self._small = frozenset(at for m in small for at in range(m.start, m.end))
        self._questions = {t.clause: at for at, t in enumerate(self._tokens) if t.text in QUESTION_MARKS}
        self._clearing = Clearing(evidence.found, evidence.proof)
        # "ok" among other words says nothing, but "not ok" does.
        self._well = [
            m
            for m in evidence.found.matches
            if m.entry.sense is Intent.SAFE and m.entry.mode is Mode.ALONE and not m.typo
        ]

    def verdict(self) -> Decision:
        """The intent of the text."""
        help_wanted, reassured = self._distress()
        if help_wanted:
            wish = self._wish_besides(help_wanted)
            return wish or because(Intent.NEED_HELP, help_wanted)
        if Sense.AUTO_REPLY in self._by_sense:
            return Decision(Intent.UNKNOWN, tuple(self._by_sense[Sense.AUTO_REPLY]))
        return self._wish(reassured)

    def _wish_besides(self, help_wanted: Sequence[Match]) -> Decision | None:
        """What is wished for where the cry for help may be no more than a "please"."""
        if any(m.entry.mode is not Mode.OTHERWISE for m in help_wanted):
            return None
        wish = self._wish([])
        return wish if wish.because and wish.intent in _ASKED_POLITELY and self._is_said(wish) else None

    def _is_said(self, wish: Decision) -> bool:
        return any(m.entry.sense is wish.intent for m in wish.because) or self._evidence.dates.count > 0

    def _wish(self, reassured: list[Match]) -> Decision:
        """What is wanted of us by somebody who does not cry for help."""
        travel = Travel(self._evidence, self._by_sense)
        for intent in _ORDER[:7]:
            if intent in self._by_sense and not travel.is_told_of(intent) and not self._is_denied(intent):
                return because(intent, self._by_sense[intent])
        safe = self._safe(reassured)
        for intent in _ORDER[7:-1]:
            if intent in self._by_sense:
                return because(intent, self._by_sense[intent])
        trip = travel.wish(safe=bool(safe))
        if trip and (safe or not self._is_of_safety(trip)):
            return trip
        if safe and not self._advertises():
            return because(Intent.SAFE, safe)
        return self._rest()

    def _is_of_safety(self, trip: Decision) -> bool:
        """Whether somebody who may not be safe is taken for a traveller: "if we are still safe tomorrow"."""
        if Intent.SAFE not in self._by_sense or Intent.REGISTER in self._by_sense:
            return False
        dated, placed = self._evidence.dates.count > 0, self._evidence.place is not None
        return not (dated and placed if trip.intent is Intent.REGISTER else dated or placed)

    def _advertises(self) -> bool:
        """Whether two words sell something: "selamat" is also what one says to the winner of a car."""
        return len({m.start for m in self._by_sense.get(Sense.SPAM, ())}) > 1

    def _is_denied(self, intent: Intent) -> bool:
        """Whether somebody denies each word for it: "nie jestem w domu", "do not start again".

        Who wants messages again does not lose a card with it: "send my card again".
        """
        if intent is Intent.START and Intent.CARD in self._by_sense:
            return True
        return intent in _DENIABLE and all(
            (negation := self._negation_of(m)) is not None and abs(m.start - negation.end) < _BESIDE
            for m in self._by_sense[intent]
        )

    def _in_place(self, match: Match) -> bool:
        evidence, mode = self._evidence, match.entry.mode
        if mode is Mode.ALONE:
            return False
        if mode is Mode.BESIDE_PLACE:
            return evidence.place is not None
        if mode is Mode.WITH_TEXT:
            return evidence.other_words > match.end - match.start and not evidence.has_link
        return True

    # safety

    def _distress(self) -> tuple[list[Match], list[Match]]:
        """The calls for help, and the dangers that are denied ("no one hurt")."""
        wanted = list(self._by_sense.get(Intent.NEED_HELP, ()))
        denied: list[Match] = []
        for match in self._by_sense.get(Sense.DANGER, ()):
            if self._is_outlived(match):
                continue
            if not self._clearing.is_cleared(match):
                wanted.append(match)
            elif not match.typo:  # "sanipa nehe" (not well) is one letter from "not ill"
                denied.append(match)
        for match in [*self._by_sense.get(Intent.SAFE, ()), *self._well]:
            negation = self._lone_denial_after(match) or self._disbelief_before(match)
            if not self._is_question(match):
                negation = negation or self._negation_of(match)
            if negation and not self._clearing.is_spent(negation):
                wanted += [match, negation]
        return wanted, denied

    def _lone_denial_after(self, match: Match) -> Match | None:
        """The "no" that is a clause of its own and takes the word of safety before it back: "safe? no"."""
        clause = self._tokens[match.end - 1].clause
        following = [at for at, t in enumerate(self._tokens) if t.clause > clause and t.kind is not Kind.MARK]
        if not following:
            return None
        answer = [at for at in following if self._tokens[at].clause == self._tokens[following[0]].clause]
        return next(
            (
                denial
                for denial in self._evidence.denials
                if denial.start == answer[0]
                and denial.end == answer[-1] + 1
                and denial.entry.tag in {match.entry.tag, *self._evidence.languages}
            ),
            None,
        )

    def _safe(self, reassured: list[Match]) -> list[Match]:
        """The words of safety that are stated: not denied, asked, wished for or taken back."""
        stated = []
        for match in [*self._by_sense.get(Intent.SAFE, ()), *reassured]:
            doubted = self._is_question(match) or self._is_wish(match) or self._is_clouded(match)
            if doubted or self._may_be_denied(match) or self._is_cut_short(match):
                return []
            stated.append(match)
        if any(self._takes_back(denial, stated) for denial in self._evidence.denials):
            return []
        if stated == reassured and not self._is_all_explained():
            return []
        if stated and any(m.start > stated[0].start for m in self._by_sense.get(Sense.CONTRAST, ())):
            contrast = self._by_sense[Sense.CONTRAST][-1]
            if not any(m.start > contrast.start for m in stated):
                return []
        return stated

    def _takes_back(self, denial: Match, stated: Sequence[Match]) -> bool:
        """Whether a later clause says no more than who is not: "I'm fine, they are not"."""
        clause = self._tokens[denial.start].clause
        if not stated or clause <= self._tokens[stated[0].start].clause or self._clearing.is_spent(denial):
            return False
        plain = self._spanned(_PERSONS) | self._small | self._clearing.bridges(denial.entry.tag)
        words = [at for at, t in enumerate(self._tokens) if t.clause == clause and t.kind is Kind.WORD]
        others = [at for at in words if not denial.start <= at < denial.end]
        ends = bool(words) and denial.end > words[-1]  # "Marco no": whoever that may be
        return (
            denial.entry.tag in {stated[0].entry.tag, self._evidence.found.language}
            and bool(others)
            and (plain.issuperset(others) or (ends and len(others) <= _BRIEF))
            and not self._spanned({Sense.POLITE}).intersection(others)
        )

    def _spanned(self, senses: Collection[object]) -> frozenset[int]:
        """The words of these senses."""
        found = (m for m in self._evidence.found.matches if m.entry.sense in senses and not m.typo)
        return frozenset(at for m in found for at in range(m.start, m.end))

    def _is_cut_short(self, match: Match) -> bool:
        """Whether "wound not" is no reassurance but begins what nobody knows: "wound not closing"."""
        behind, evidence = match.end, self._evidence
        if behind >= len(self._tokens) or behind in self._known:
            return False
        after = match.entry.tag in evidence.found.grammar.negation_after
        last = (m for m in evidence.proof if m.entry.sense is Sense.CLEARS_LAST)
        return any(
            m.start > match.start
            and m.end == match.end
            and m.entry.tag == match.entry.tag
            and self._tokens[m.start].clause == self._tokens[behind].clause
            for m in (evidence.endings if after else last)
        )

    def _is_all_explained(self) -> bool:
        """Whether a text that calls nobody safe says nothing but that there is no danger.

        Nothing else is denied, and every other word is a small one, a person, a greeting or a place; in the
        clause of the danger it says nothing of its own: "nobody injured child" may be two things.
        """
        evidence, cleared = self._evidence, self._clearing.covered()
        bridges = frozenset[int]().union(*map(self._clearing.bridges, evidence.spoken))
        empty = cleared | evidence.named | bridges | self._spanned(_EMPTY)
        told = empty | self._spanned(_HARMLESS)
        clauses = {self._tokens[at].clause for at in cleared}
        return all(
            at in (empty if token.clause in clauses else told)
            for at, token in enumerate(self._tokens)
            if token.kind is Kind.WORD
        ) and all(
            cleared.issuperset(range(m.start, m.end))
            for m in evidence.denials
            if m.entry.tag in evidence.spoken or m.start not in evidence.own_words
        )

    def _negation_of(self, match: Match) -> Match | None:
        """The denial that reaches the match in its clause."""
        grammar = self._evidence.found.grammar
        for negation in self._evidence.denials:
            tag, sense = negation.entry.tag, negation.entry.sense
            reach = 1 if sense is Sense.NEGATION_NEAR else _REACH
            leads = tag in grammar.negation_before and sense is not Sense.NEGATION_AFTER
            follows = tag in grammar.negation_after or sense is Sense.NEGATION_AFTER
            # "n'allons" in "n'allons bien": a denial may hold the first word of what it denies.
            before = leads and negation.start < match.start and match.start - negation.end < reach
            after = follows and 0 <= negation.start - match.end < reach
            reaches = (before or after) and self._same_clause(negation, match)
            if reaches and self._may_deny(negation, match):
                return negation
        return None

    def _may_deny(self, negation: Match, match: Match) -> bool:
        """Whether a denial can be of the language of the word of safety, or of one that has it too.

        "no estamos a salvo" is good Portuguese but for its first word: no hint may make it pass for safety.
        """
        tag = negation.entry.tag
        shared = any(
            m.entry.tag == tag and m.start < match.end and match.start < m.end for m in self._evidence.safety
        )
        language = self._evidence.found.language
        own = negation.start in self._evidence.own_words
        return tag in {match.entry.tag, language} or shared or (tag in self._evidence.languages and not own)

    def _may_be_denied(self, match: Match) -> bool:
        """Whether a "not" stands in the clause too far off, or on a side, to be sure that it is meant.

        A denial that reassures ("no one is hurt and we are safe") has its danger beside it.
        """
        if self._is_doubted_before(match):
            return True
        for denial in self._evidence.denials:
            if not self._same_clause(denial, match) or not self._may_be_near(denial, match):
                continue
            within = match.start <= denial.start and denial.end <= match.end
            if within and match.entry.tag in {denial.entry.tag, self._evidence.found.language}:
                continue  # "no injuries": the phrase holds its own
            behind = _FAR_REACH if denial.entry.tag in self._evidence.found.grammar.negation_after else _REACH
            near = -_FAR_REACH < denial.end - match.start <= 0 or 0 <= denial.start - match.end < behind
            foreign = denial.start in self._evidence.own_words and not self._may_deny(denial, match)
            if (near or within) and not foreign and not self._clearing.is_spent(denial):
                return True
        return False

    def _may_be_near(self, denial: Match, match: Match) -> bool:
        """Whether a denial that reaches the next word only may be meant: nothing but unknown words between.

        Or it stands behind the match and ends the clause: "safe no".
        """
        if denial.entry.sense is not Sense.NEGATION_NEAR:
            return True
        if match.end <= denial.start:
            clause = self._tokens[denial.start].clause
            words = [at for at, t in enumerate(self._tokens) if t.clause == clause and t.kind is Kind.WORD]
            return denial.end > words[-1]
        return all(at not in self._known for at in range(denial.end, match.start))

    def _is_doubted_before(self, match: Match) -> bool:
        """Whether the clause before ends in its denial: "ich glaube nicht, dass wir sicher sind".

        Or in what nobody knows behind it, which may be a belief mistyped.
        """
        clause = self._tokens[match.start].clause
        before = [at for at, t in enumerate(self._tokens) if t.clause == clause - 1]
        if len(before) < 3 or self._tokens[before[-1]].text not in _COMMAS:
            return False
        return any(
            self._may_deny(denial, match)
            and (
                (denial.end == before[-1] and denial.start > before[0])
                or (denial.entry.sense is Sense.NEGATION and self._is_strange(denial.end, before))
            )
            for denial in self._evidence.denials
        )

    def _is_strange(self, start: int, clause: Sequence[int]) -> bool:
        """Whether one word from there to the end of a clause is all there is, and is known to nobody."""
        return start in clause[:-1] and start + 1 == clause[-1] and start not in self._known

    def _disbelief_before(self, match: Match) -> Match | None:
        """The "not" of a clause that ends in doubt before the match: "не думаю, что в безопасности"."""
        clause = self._tokens[match.start].clause
        before = [at for at, t in enumerate(self._tokens) if t.clause == clause - 1]
        if not before or self._tokens[before[-1]].text not in _COMMAS:
            return None
        doubts = [m for s in _UNSURE for m in self._by_sense.get(s, ()) if m.end == before[-1]]
        return next(
            (
                denial
                for denial in self._evidence.denials
                if self._may_deny(denial, match)
                and any(
                    0 <= doubt.start - denial.end < _BESIDE and denial.start in before for doubt in doubts
                )
            ),
            None,
        )

    def _same_clause(self, one: Match, other: Match) -> bool:
        first, last = min(one.start, other.start), max(one.end, other.end) - 1
        return self._tokens[first].clause == self._tokens[last].clause

    def _is_outlived(self, fear: Match) -> bool:
        """Whether the fear is over: "but", and who was afraid is safe, and no one else is."""
        if not any((m.start, m.end) == (fear.start, fear.end) for m in self._by_sense.get(Sense.FEAR, ())):
            return False
        safe = self._by_sense.get(Intent.SAFE, ())
        return any(
            fear.end <= but.start
            and but.end <= match.start
            and not self._spanned(_PERSONS).intersection(range(but.end, match.start))
            for but in self._by_sense.get(Sense.CONTRAST, ())
            for match in safe
        )

    def _is_question(self, match: Match) -> bool:
        clause = self._tokens[match.start].clause
        ends = self._questions.get(clause, -1) >= match.end
        asks = any(
            m.start == match.end
            or (m.end <= match.start and self._reaches(m, match))
            or (self._is_before_comma(m, match) and self._says_no_more(clause, match))
            for m in self._by_sense.get(Sense.ASKING, ())
        )
        return ends or asks

    def _is_wish(self, match: Match) -> bool:
        """Whether the match is wished for, believed, told by others, said to depend or of some of us only."""
        wished = any(
            m.start < match.start and (self._reaches(m, match) or self._leads_to(m, match))
            for m in self._by_sense.get(Sense.WISHING, ())
        )
        return wished or any(self._casts_doubt(m, match) for m in self._by_sense.get(Sense.DOUBTING, ()))

    def _casts_doubt(self, doubt: Match, match: Match) -> bool:
        """Whether a doubt is of the match: in its clause, opens or ends the one before, or is the next."""
        if self._reaches(doubt, match) or self._leads_to(doubt, match):
            return True
        clause = self._tokens[match.start].clause
        if self._tokens[doubt.start].clause == clause + 1:
            return self._says_no_more(clause + 1, doubt)
        opens = doubt.start == 0 or self._tokens[doubt.start - 1].clause < clause - 1
        return opens and self._is_before_comma(doubt, match) and not self._is_turned(doubt, match)

    def _reaches(self, doubt: Match, match: Match) -> bool:
        return self._same_clause(doubt, match) and not self._is_turned(doubt, match)

    def _is_turned(self, doubt: Match, match: Match) -> bool:
        """Whether a "but" leads away from the doubt: "we hope for rescue but we are safe"."""
        doubts = {(m.start, m.end) for s in _UNSURE for m in self._by_sense.get(s, ())}
        return any(
            doubt.end <= but.start and but.end <= match.start and (but.start, but.end) not in doubts
            for but in self._by_sense.get(Sense.CONTRAST, ())
        )

    def _is_before_comma(self, doubt: Match, match: Match) -> bool:
        """Whether it stands in the clause before, which ends in a comma."""
        clause = self._tokens[match.start].clause
        before = [at for at, t in enumerate(self._tokens) if t.clause == clause - 1]
        return doubt.start in before and self._tokens[before[-1]].text in _COMMAS

    def _says_no_more(self, clause: int, match: Match) -> bool:
        """Whether a clause has nothing but small words beside the match."""
        return all(
            match.start <= at < match.end or at in self._small
            for at, t in enumerate(self._tokens)
            if t.clause == clause and t.kind is Kind.WORD
        )

    def _leads_to(self, wish: Match, match: Match) -> bool:
        """Whether the clause before ends in it: "думаю, что мы в безопасности"."""
        clause = self._tokens[match.start].clause
        before = [at for at, t in enumerate(self._tokens) if t.clause == clause - 1]
        return bool(before) and wish.end == before[-1] and self._tokens[before[-1]].text in _COMMAS

    def _is_clouded(self, match: Match) -> bool:
        """Whether a word that may be a mistyped "not" stands near enough to deny the match."""
        clause = self._tokens[match.start].clause
        own = {m.entry.tag for m in self._evidence.safety if m.start <= match.start and match.end <= m.end}
        own |= {match.entry.tag}
        likely = own | {self._evidence.found.language} | self._evidence.spoken
        return (
            self._trails_off(match)
            or self._is_led_by_strange(match)
            or any(
                self._tokens[at].clause == clause and not tags.isdisjoint(likely)
                for at, tags in self._evidence.mistyped.items()
                if 0 < match.start - at <= _REACH or 0 <= at - match.end < _REACH
            )
            or any(  # "I'm noi ok" is no Italian, but a longer phrase is no coincidence
                not self._evidence.mistyped.get(at, set()).isdisjoint(self._evidence.spoken - own)
                for at in range(match.start, match.end if match.end - match.start < _REACH // 2 else 0)
            )
        )

    def _trails_off(self, match: Match) -> bool:
        """Whether a denial glued behind the match may be one that was mistyped, in writing without spaces.

        Where denials stand behind, what leads to one or what nobody knows leaves safety in doubt.
        """
        if match.entry.tag not in self._evidence.found.grammar.negation_after:
            return False
        if any(m.start == match.end for m in self._by_sense.get(Sense.DENIAL_LEAD, ())):
            return True
        behind = range(match.end, min(match.end + _TRAIL, len(self._tokens)))
        return any(
            at not in self._known
            and is_converted(self._tokens[at].text)
            and self._tokens[at].clause == self._tokens[match.start].clause
            for at in behind
        )

    def _is_led_by_strange(self, match: Match) -> bool:
        """Whether one sign that nobody knows stands where a denial would: 낭 괜찮아요 for 안 괜찮아요."""
        before = self._tokens[match.start - 1] if match.start else None
        return (
            before is not None
            and match.start - 1 not in self._known
            and len(before.text) == 1
            and is_converted(before.text)
        )

    def _rest(self) -> Decision:
        if Intent.HELP in self._by_sense and Intent.SAFE not in self._by_sense:
            return because(Intent.HELP, self._by_sense[Intent.HELP])
        return Decision(Intent.UNKNOWN)
