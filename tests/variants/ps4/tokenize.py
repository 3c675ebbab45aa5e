# %% right="one regular expression"
import re


def tokenize(text):
    return re.findall(r"[a-z]+(?:'[a-z]+)*", text.lower())


# %% right="splits first, then looks at the apostrophes"
import re as regex


def tokenize(text):
    words = []
    for piece in regex.split(r"[^a-z']+|''+", text.lower()):
        piece = piece.strip("'")
        if piece:
            words.append(piece)
    return words


# %% right="reads letter by letter"
def tokenize(text):
    text = text.lower() + " "
    words, word = [], ""
    for i, letter in enumerate(text):
        if "a" <= letter <= "z":
            word += letter
        elif letter == "'" and word and "a" <= text[i + 1] <= "z":
            word += letter
        elif word:
            words.append(word)
            word = ""
    return words


# %% right="lookaround, str.translate and split"
import re
import string


def tokenize(text):
    kept = set(string.ascii_letters)
    clean = "".join(c if c in kept or c == "'" else " " for c in text)
    clean = re.sub(r"(?<![A-Za-z])'|'(?![A-Za-z])", " ", clean)
    return [w.lower() for w in clean.split()]


# %% wrong="Words are separated by more than white space: punctuation still clings to yours."
def tokenize(text):
    return text.lower().split()


# %% wrong="An apostrophe between two letters belongs to the word."
import re


def tokenize(text):
    return re.findall(r"[a-z]+", text.lower())


# %% wrong="Apostrophes at the edges of a word are dropped, and two in a row separate words."
import re


def tokenize(text):
    return re.findall(r"[a-z']+", text.lower())


# %% wrong="Words are lower case."
import re


def tokenize(text):
    return re.findall(r"[A-Za-z]+(?:'[A-Za-z]+)*", text)


# %% wrong="Digits and underscores separate words; \w matches both."
import re


def tokenize(text):
    return re.findall(r"\w+(?:'\w+)*", text.lower())


# %% wrong="A word may hold more than one inner apostrophe."
import re


def tokenize(text):
    return re.findall(r"[a-z]+(?:'[a-z]+)?", text.lower())


# %% wrong="Two apostrophes in a row separate words."
import re


def tokenize(text):
    return [w for w in (t.strip("'") for t in re.findall(r"[a-z']+", text.lower())) if w]


# %% wrong="Hyphens separate words."
import re


def tokenize(text):
    return re.findall(r"[a-z]+(?:['-][a-z]+)*", text.lower())


# %% wrong="Punctuation separates words; deleting it glues neighbours together."
import re


def tokenize(text):
    words = re.sub(r"[^a-z'\s]", "", text.lower()).split()
    return [w.strip("'") for w in words if w.strip("'")]


# %% wrong="Every word counts, also a single letter such as a or I."
import re


def tokenize(text):
    return [w for w in re.findall(r"[a-z]+(?:'[a-z]+)*", text.lower()) if len(w) > 1]


# %% wrong="Return every occurrence in the order of the text, not the set of different words."
import re


def tokenize(text):
    return sorted(set(re.findall(r"[a-z]+(?:'[a-z]+)*", text.lower())))
