"""Which country and city a text is about."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from core.intents.atlas import name_key
from core.intents.gazetteer import City, Gazetteer, Named
from core.intents.keywords import Mode, Sense
from core.intents.matching import Found, Match
from core.intents.reading import About, Intent, Place, Question
from core.intents.text import Kind, Token, is_converted, is_unspaced
from core.intents.vocabulary import Vocabulary

_LONGEST_NAME: Final = 5  # words
_SHORTEST_INFLECTED: Final = 4
_SHORTEST_TYPO: Final = 5
_NAMES_TRIED: Final = 8  # unknown words that may be a mistyped name
_WELL_KNOWN: Final = 100_000
_SMALL_BUT_NAMED: Final = 40_000
_RIVAL_SHARE: Final = 0.2
_RIVAL_RANK: Final = 3
_LIKELY: Final = 3  # languages whose endings a name may have
_FUNCTION_WORDS: Final = frozenset(
    {Sense.CONTRAST, Sense.NEGATION, Sense.NEGATION_NEAR, Sense.ASKING, Sense.WISHING, Sense.WITH, Sense.AND}
)
_SMALL: Final = frozenset({Sense.COMMON, Sense.AT, Sense.OF})
_BESIDE: Final = 3  # words between a place and what leads away from it
_METROPOLIS: Final = 1_000_000


_REMEMBERED: Final = 20_000  # words looked at lately
_Inflected: TypeAlias = tuple[Named, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Mention:
    """A name of a place at tokens[start:end]; `sure` is False where it was guessed through a typing error.

    `inflected` holds the languages whose endings it would have; None where it stands as it is.
    """

    start: int
    end: int
    named: Named
    sure: bool = True
    inflected: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """The place of a text, the tokens its names took, and the question when it may be another."""

    place: Place | None = None
    used: frozenset[int] = frozenset()
    question: Question | None = None
    sure: bool = True
    left: bool | None = None  # somebody left a place: True where no other is named, None where none was left
    former: Place | None = None  # the place left, where another one is named


def mentions(tokens: Sequence[Token], vocabulary: Vocabulary) -> list[Mention]:
    """Every name of a place as it is spelt, also where the word may mean something else."""
    found: list[Mention] = []
    at = 0
    while at < len(tokens):
        mention = _longest_at(at, tokens, vocabulary) if tokens[at].kind is Kind.WORD else None
        if mention:
            found.append(mention)
        at = mention.end if mention else at + 1
    return found


def _longest_at(at: int, tokens: Sequence[Token], vocabulary: Vocabulary) -> Mention | None:
    words: list[str] = []
    ends: list[int] = []
    here = at
    while here < len(tokens) and len(words) < _LONGEST_NAME:
        token = tokens[here]
        if token.kind is Kind.WORD:
            words.append(token.fold)
            ends.append(here + 1)
        elif token.text not in {"-", "'", "."} or token.kind is not Kind.MARK:
            break
        here += 1
    if is_unspaced(words[0]) and len(words[0]) == 1:
        return None
    for size in range(len(words), 0, -1):
        key = " ".join(words[:size])
        named = _named(key, vocabulary)
        if named:
            return Mention(at, ends[size - 1], named)
        if size <= 2 and (inflected := _remembered(key, vocabulary)):
            return Mention(at, ends[size - 1], inflected[0], inflected=inflected[1])
    return None


def _named(key: str, vocabulary: Vocabulary) -> Named | None:
    curated = vocabulary.cities.get(key)
    named = vocabulary.gazetteer.named(key)
    if curated:
        name, _, code = curated.rpartition(", ")
        city = city_called(name, code, vocabulary.gazetteer)
        others = [(c, main) for c, main in named.cities if c != city] if named else []
        if city:
            return Named(named.countries if named else (), ((city, True), *others))
    if key in vocabulary.countries:
        code = vocabulary.countries[key]
        rest = named.countries if named else ()
        return Named((code, *(c for c in rest if c != code)), named.cities if named else ())
    return named


def city_called(name: str, country: str, gazetteer: Gazetteer) -> City | None:
    """The biggest city of that English name in a country."""
    from_key = gazetteer.named(name_key(name))
    return next((c for c, _ in from_key.cities if c.country == country), None) if from_key else None


def _remembered(key: str, vocabulary: Vocabulary) -> _Inflected | None:
    """What `_inflected` says, kept for the words of everyday."""
    known = vocabulary.inflected
    if key not in known:
        if len(known) >= _REMEMBERED:
            known.clear()
        known[key] = _inflected(key, vocabulary)
    return known[key]


def _inflected(key: str, vocabulary: Vocabulary) -> _Inflected | None:
    """A name with an ending, an article or a preposition glued to it, and whose language that would be."""
    if len(key) < _SHORTEST_INFLECTED or (key.isascii() and not vocabulary.endings):
        return None
    for candidate, tags in _stems(key, vocabulary):
        if len(candidate) > 2 and (named := _named(candidate, vocabulary)):
            cities = tuple((c, main) for c, main in named.cities if c.population >= _WELL_KNOWN or c.capital)
            if named.countries or cities:
                return Named(named.countries, cities), tags
    return None


def _stems(key: str, vocabulary: Vocabulary) -> Iterable[tuple[str, frozenset[str]]]:
    for size in range(min(6, len(key) - 2), 0, -1):
        for instead, tags in vocabulary.endings.get(key[-size:], {}).items():
            yield key[:-size] + instead, frozenset(tags)
    for prefix in vocabulary.prefixes:
        if key.startswith(prefix) and not is_unspaced(key):
            yield key[len(prefix) :], frozenset(vocabulary.tags)


class PlaceReader:
    """Chooses the place of one text among its mentions."""

    def __init__(self, found: Found, mentioned: Sequence[Mention], vocabulary: Vocabulary) -> None:
        self._tokens = found.tokens
        self._vocabulary = vocabulary
        likely = set(found.languages[:_LIKELY])
        self._mentions = [m for m in mentioned if m.inflected is None or not likely or m.inflected & likely]
        self._travelling = False
        self._starts: dict[int, set[object]] = {}
        self._words: dict[int, set[object]] = {}
        for match in found.matches:
            self._starts.setdefault(match.start, set()).add(match.entry.sense)
            if match.entry.mode is Mode.ALONE or found.language not in {match.entry.tag, None}:
                continue
            for at in range(match.start, match.place if match.place >= 0 else match.end):
                self._words.setdefault(at, set()).add(match.entry.sense)
        self._gone: dict[int, list[Match]] = {}  # what leads away, by the tokens it may lead away from
        for match in found.matches:
            if match.entry.sense in {Intent.NOT_THERE, Sense.INSTEAD}:
                for at in (match.place, *range(match.start - _BESIDE, match.end + _BESIDE + 1)):
                    self._gone.setdefault(at, []).append(match)
        self._left: dict[tuple[int, int], bool] = {}
        self._postpositional = found.grammar.at_after | found.grammar.dates_after
        self._ends: dict[int, set[object]] = {}
        for match in found.matches:
            behind = match.entry.sense is Sense.AT and match.entry.tag in found.grammar.at_after
            if not behind or found.language != match.entry.tag:  # "Athens में Pakistan": of what is before it
                self._ends.setdefault(match.end, set()).add(match.entry.sense)

    def read(self, taken: frozenset[int], *, travelling: bool) -> Whereabouts:
        """The place; `taken` are tokens of dates, `travelling` lets doubtful words be names (Nice)."""
        leaves = any(self._is_left(m) for m in self._mentions)
        travelling = travelling or leaves  # then the other place is the new one
        self._travelling = travelling
        free = [m for m in self._mentions if taken.isdisjoint(range(m.start, m.end))]
        chosen = [m for m in free if not self._is_plain_word(m)]
        countries = {code for m in chosen for code in m.named.countries}
        if countries and not any(c.country in countries for m in chosen for c, _ in m.named.cities):
            starts = {m.start for m in chosen}
            chosen += [m for m in free if m.start not in starts and self._is_beside(m, chosen, countries)]
            chosen += self._guessed(taken, countries) if travelling else []
        if not any(self._counts(m) for m in chosen):
            chosen += self._guessed(taken, set())
        if not any(self._counts(m) for m in chosen) and travelling:
            chosen = [m for m in free if self._is_famous(m) and not self._is_function_word(m)]
        chosen = [m for m in chosen if self._counts(m) or any(o.named.countries for o in chosen)]
        onward = self._without_senders(sorted(chosen, key=lambda m: m.start))
        gone = [m for m in chosen if self._is_left(m)]
        if not gone or onward == gone:
            return replace(self._decided(onward), left=True if gone else None)
        return replace(self._decided(onward), left=False, former=self._decided(gone).place)

    def _is_beside(self, mention: Mention, chosen: Sequence[Mention], countries: set[str]) -> bool:
        """Whether a word of the language is a city after all: of the country named beside it."""
        near = any(m.named.countries and (mention.end == m.start or m.end == mention.start) for m in chosen)
        only_common = self._words.get(mention.start, set()) <= {Sense.COMMON, Sense.NUMBER}
        return (
            near and only_common and any(main and c.country in countries for c, main in mention.named.cities)
        )

    def _is_plain_word(self, mention: Mention) -> bool:
        """Whether the name is a word of the text's language rather than a place."""
        if mention.end - mention.start > 1:
            return (
                all(self._words.get(at) for at in range(mention.start, mention.end))
                and not mention.named.countries
            )
        senses = self._words.get(mention.start, set())
        return bool(senses - {Sense.NUMBER, Sense.MONTH} if mention.named.countries else senses)

    def _counts(self, mention: Mention) -> bool:
        """Whether a mention names a place even when no country is named beside it."""
        if mention.named.countries:
            return True
        if not mention.named.cities:
            return False
        city, main = mention.named.cities[0]
        after_at = self._is_led_to(mention)
        if not self._travelling and not after_at:
            own = main or is_converted(self._tokens[mention.start].text)  # 仰光 is no other word
            return city.capital or (own and city.population >= 5 * _WELL_KNOWN)
        smallest = _SMALL_BUT_NAMED if after_at or mention.end - mention.start > 1 else _WELL_KNOWN
        if not main and mention.end - mention.start == 1 and not after_at:
            smallest = 3 * _WELL_KNOWN
        return city.capital or city.population >= smallest

    def _is_led_to(self, mention: Mention) -> bool:
        """Whether "in", "to", "from" or their like stands before the name, or after it."""
        leads = {Sense.AT, Sense.GOING, Sense.ORIGIN, Sense.OF, Sense.EMBASSY}
        return bool(
            leads & self._ends.get(mention.start, set()) or Sense.AT in self._starts.get(mention.end, set())
        )

    def _is_famous(self, mention: Mention) -> bool:
        return (
            bool(mention.named.cities)
            and mention.named.cities[0][1]
            and mention.named.cities[0][0].population >= _WELL_KNOWN
        )

    def _is_function_word(self, mention: Mention) -> bool:
        """Whether a word holds its sentence together ("dar" is "but", and short for Dar es Salaam)."""
        return bool(_FUNCTION_WORDS & self._words.get(mention.start, set()))

    def _guessed(self, taken: frozenset[int], countries: set[str]) -> list[Mention]:
        """Names one typing error away from unknown words, in these countries if any are named."""
        guesses: list[Mention] = []
        tried = 0
        for at, token in enumerate(self._tokens):
            if tried >= _NAMES_TRIED:
                break
            if at in taken or not self._may_be_name(at, token):
                continue
            tried += 1
            for name in self._vocabulary.gazetteer.near(token.fold):
                named = self._vocabulary.gazetteer.named(name)
                fits = named and (not countries or any(c.country in countries for c, _ in named.cities))
                if named and fits:
                    guesses.append(Mention(at, at + 1, named, sure=False))
        return [
            best
            for at in {g.start for g in guesses}
            if (best := _likeliest(g for g in guesses if g.start == at))
        ]

    def _may_be_name(self, at: int, token: Token) -> bool:
        unknown = (
            token.kind is Kind.WORD
            and not self._words.get(at)
            and token.fold not in self._vocabulary.root.words
        )
        long_enough = len(token.fold) >= _SHORTEST_TYPO and not is_unspaced(token.fold)
        return unknown and long_enough and (self._travelling or self._is_led_to(Mention(at, at + 1, Named())))

    def _without_senders(self, chosen: list[Mention]) -> list[Mention]:
        """Drop X of "embassy of X" and the place one travels from, where another place is named."""
        onward = [m for m in chosen if not self._is_left(m)]
        chosen = onward if any(self._counts(m) for m in onward) else chosen
        embassy = any(Sense.EMBASSY in senses for senses in self._words.values())
        if embassy:
            chosen = [m for m in chosen if not self._is_owner(m)]
            if any(self._is_at(m) for m in chosen):
                chosen = [m for m in chosen if not m.named.countries or self._is_at(m) or not m.sure]
        if len(chosen) > 1:
            kept = [m for m in chosen if Sense.ORIGIN not in self._ends.get(m.start, set()) or self._is_at(m)]
            chosen = kept or chosen
        return chosen

    def _is_left(self, mention: Mention) -> bool:
        """Whether words or an arrow lead away from the place: "no longer in Rome", "Rome -> Cairo"."""
        span = (mention.start, mention.end)
        if span not in self._left:
            arrow = self._tokens[mention.end : mention.end + 2]
            drawn = len(arrow) > 1 and arrow[0].text in {"-", "="} and arrow[1].text == ">" and arrow[1].glued
            near = (*self._gone.get(mention.start, ()), *self._gone.get(mention.end, ()))
            self._left[span] = drawn or any(self._leads_away(match, mention) for match in near)
        return self._left[span]

    def _leads_away(self, match: Match, mention: Mention) -> bool:
        """Whether the phrase holds the place, or stands beside it with small words only between them."""
        if match.place >= 0:
            return match.place == mention.start
        if match.end <= mention.start:
            between = range(match.end, mention.start)
        elif self._tokens and mention.end <= match.start and match.entry.tag in self._postpositional:
            between = range(mention.end, match.start)
        else:
            return False
        return len(between) <= _BESIDE and all(
            self._words.get(at, set()) & _SMALL
            and self._tokens[at].clause == self._tokens[match.start].clause
            for at in between
        )

    def _is_owner(self, mention: Mention) -> bool:
        """Whether a place is X in "embassy of X", "X embassy" or "X का दूतावास"."""
        if not mention.named.countries:
            return False
        before = self._words.get(mention.start - 1, set())
        if Sense.OF in before or Sense.EMBASSY in before:
            behind = before if Sense.EMBASSY in before else self._words.get(mention.start - 2, set())
            behind = behind | self._words.get(mention.start - 3, set())
            if Sense.EMBASSY in behind and (Sense.AT not in before or Sense.OF in before):
                return True
        after = self._words.get(mention.end, set()) | self._words.get(mention.end + 1, set())
        if Sense.OF in self._words.get(mention.end, set()):  # "Türkiye'nin Nairobi büyükelçiliği"
            after |= self._words.get(mention.end + 2, set())
        return Sense.EMBASSY in after and not self._is_at(mention)

    def _is_at(self, mention: Mention) -> bool:
        return Sense.AT in self._ends.get(mention.start, set()) and Sense.ORIGIN not in self._ends.get(
            mention.start, set()
        )

    def _decided(self, chosen: list[Mention]) -> Whereabouts:
        used = frozenset(at for m in chosen for at in range(m.start, m.end))
        countries = [m for m in chosen if m.named.countries and not self._is_city_here(m, chosen)]
        if countries:
            return replace(self._in_country(countries[0], chosen), used=used)
        cities = [m for m in chosen if m.named.cities]
        if not cities:
            return Whereabouts(used=used)
        first = next((m for m in cities if self._counts(m)), cities[0])
        return replace(self._of_city(first, cities), used=used)

    def _place(self, city: City) -> Place:
        return Place(city.country, self._vocabulary.english.get((city.name, city.country), city.name))

    def _is_city_here(self, mention: Mention, chosen: Sequence[Mention]) -> bool:
        """Whether a name that is a country's too (عمان) is the city: its country is named as well."""
        if len(mention.named.countries) != 1:
            return False
        others = {c for m in chosen if m is not mention for c in m.named.countries}
        return mention.named.countries[0] not in others and any(
            c.country in others for c, _ in mention.named.cities
        )

    def _in_country(self, mention: Mention, chosen: Sequence[Mention]) -> Whereabouts:
        if len(mention.named.countries) > 1:
            options = tuple(Place(code) for code in mention.named.countries)
            city = self._city_in(mention.named.countries, mention, chosen)
            if city:
                return Whereabouts(self._place(city), sure=mention.sure)
            return Whereabouts(options[0], question=Question(About.PLACE, options))
        code = mention.named.countries[0]
        city = self._city_in((code,), mention, chosen)
        if city:
            return Whereabouts(self._place(city), sure=mention.sure)
        namesake = self._namesake(mention, code)
        elsewhere = namesake or self._elsewhere(mention, chosen)
        if elsewhere:
            other = self._place(elsewhere)
            options = (other, Place(code)) if namesake else (Place(code), other)
            return Whereabouts(options[0], question=Question(About.PLACE, options))
        return Whereabouts(Place(code), sure=mention.sure)

    def _city_in(self, codes: Sequence[str], country: Mention, chosen: Sequence[Mention]) -> City | None:
        for mention in chosen:
            if mention is country:
                continue
            fitting = [c for c, _ in mention.named.cities if c.country in codes]
            if fitting:
                return fitting[0]
        return None

    def _namesake(self, mention: Mention, code: str) -> City | None:
        """The great city elsewhere that shares the country's name."""
        for city, _ in mention.named.cities:
            if city.country != code and (city.capital or city.population >= _METROPOLIS):
                return city
        return None

    def _elsewhere(self, country: Mention, chosen: Sequence[Mention]) -> City | None:
        """A well-known city that lies in none of the countries named: then one of the two is wrong."""
        named = {c for m in chosen for c in m.named.countries}
        for mention in chosen:
            if mention is country or mention.named.countries or not self._counts(mention) or not mention.sure:
                continue
            if not any(c.country in named for c, _ in mention.named.cities):
                city, main = mention.named.cities[0]
                if main and city.population >= 3 * _WELL_KNOWN:
                    return city
        return None

    def _of_city(self, mention: Mention, cities: Sequence[Mention]) -> Whereabouts:
        options = _plausible(mention.named)
        beside = [*cities, *(m for m in self._mentions if self._is_left(m))]
        others = {c.country for m in beside if m is not mention for c, _ in m.named.cities[:1]}
        agreed = [city for city in options if city.country in others]
        if len(options) > 1 and not agreed:
            places = tuple(self._place(city) for city in options[:4])
            return Whereabouts(places[0], question=Question(About.PLACE, places))
        city = (agreed or options)[0]
        return Whereabouts(self._place(city), sure=mention.sure)


def _likeliest(guesses: Iterable[Mention]) -> Mention | None:
    """The guess everybody would make: a country, else the biggest city, unless two are as likely."""
    ranked = sorted(
        guesses,
        key=lambda g: (not g.named.countries, -max((c.population for c, _ in g.named.cities), default=0)),
    )
    return ranked[0] if ranked else None


def _plausible(named: Named) -> list[City]:
    """The cities a person may mean by a name, the likeliest first; namesakes of no weight are left out."""
    ranked = sorted(named.cities, key=lambda found: (-_renown(*found), found[0].number))
    best, main = ranked[0]
    rivals = [
        city
        for city, own in ranked[1:]
        if own >= main
        and city.population >= _WELL_KNOWN
        and city.country != best.country
        and (city.capital or city.rank <= _RIVAL_RANK or city.population >= _RIVAL_SHARE * best.population)
    ]
    return [best, *rivals]


def _renown(city: City, main: bool) -> float:  # noqa: FBT001 - it comes out of the gazetteer so
    return city.population * (3 if city.capital else 1) * (3 if main else 1)
