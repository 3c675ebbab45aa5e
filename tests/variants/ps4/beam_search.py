# %% right="a loop with a shrinking width"
def beam_search(tree, beam_size, eos="<EOS>"):
    beam, done, width = [((), 0.0)], [], beam_size
    while beam and width > 0:
        candidates = []
        for prefix, score in beam:
            for token, step in tree.get(prefix, {}).items():
                candidates.append((prefix + (token,), score + step))
        candidates.sort(key=lambda c: (-c[1], c[0]))
        beam = []
        for tokens, score in candidates[:width]:
            if tokens[-1] == eos:
                done.append((tokens, score))
                width -= 1
            else:
                beam.append((tokens, score))
    return sorted(done, key=lambda c: (-c[1], c[0]))


# %% right="heapq and lists of tokens"
import heapq


def beam_search(tree, beam_size, eos="<EOS>"):
    alive, finished = [(-0.0, ())], []
    while alive:
        grown = []
        for cost, prefix in alive:
            if prefix not in tree:
                continue
            grown += [(cost - tree[prefix][token], prefix + (token,)) for token in tree[prefix]]
        best = heapq.nsmallest(beam_size - len(finished), grown)
        finished += [item for item in best if item[1][-1] == eos]
        alive = [item for item in best if item[1][-1] != eos]
    return [[list(tokens), -cost] for cost, tokens in sorted(finished)]


# %% right="recursion over the steps"
def beam_search(tree, beam_size, eos="<EOS>"):
    order = lambda pair: (-pair[1], pair[0])

    def step(beam, width):
        if not beam or not width:
            return []
        grown = [
            (p + (t,), s + tree[p][t]) for p, s in beam.items() if p in tree for t in tree[p]
        ]
        kept = sorted(grown, key=order)[:width]
        ended = [pair for pair in kept if pair[0][-1] == eos]
        going = dict(pair for pair in kept if pair[0][-1] != eos)
        return ended + step(going, width - len(ended))

    return sorted(step({(): 0.0}, beam_size), key=order)


# %% wrong="A complete sentence leaves the beam narrower by one."
def beam_search(tree, beam_size, eos="<EOS>"):
    beam, done, width = [((), 0.0)], [], beam_size
    while beam and width > 0:
        candidates = []
        for prefix, score in beam:
            for token, step in tree.get(prefix, {}).items():
                candidates.append((prefix + (token,), score + step))
        candidates.sort(key=lambda c: (-c[1], c[0]))
        beam = []
        for tokens, score in candidates[:width]:
            if tokens[-1] == eos:
                done.append((tokens, score))
            else:
                beam.append((tokens, score))
    return sorted(done, key=lambda c: (-c[1], c[0]))


# %% wrong="A dead end is dropped without narrowing the beam."
def beam_search(tree, beam_size, eos="<EOS>"):
    beam, done, width = [((), 0.0)], [], beam_size
    while beam and width > 0:
        candidates = []
        width -= sum(1 for prefix, _ in beam if prefix not in tree)
        for prefix, score in beam:
            for token, step in tree.get(prefix, {}).items():
                candidates.append((prefix + (token,), score + step))
        candidates.sort(key=lambda c: (-c[1], c[0]))
        beam = []
        for tokens, score in candidates[:width]:
            if tokens[-1] == eos:
                done.append((tokens, score))
                width -= 1
            else:
                beam.append((tokens, score))
    return sorted(done, key=lambda c: (-c[1], c[0]))


# %% wrong="A dead end is not a complete sentence."
def beam_search(tree, beam_size, eos="<EOS>"):
    beam, done, width = [((), 0.0)], [], beam_size
    while beam and width > 0:
        candidates = []
        done += [pair for pair in beam if pair[0] not in tree]
        for prefix, score in beam:
            for token, step in tree.get(prefix, {}).items():
                candidates.append((prefix + (token,), score + step))
        candidates.sort(key=lambda c: (-c[1], c[0]))
        beam = []
        for tokens, score in candidates[:width]:
            if tokens[-1] == eos:
                done.append((tokens, score))
                width -= 1
            else:
                beam.append((tokens, score))
    return sorted(done, key=lambda c: (-c[1], c[0]))


# %% wrong="Stop when the beam is empty, not at the first complete sentence."
def beam_search(tree, beam_size, eos="<EOS>"):
    beam, done, width = [((), 0.0)], [], beam_size
    while beam and not done:
        candidates = []
        for prefix, score in beam:
            for token, step in tree.get(prefix, {}).items():
                candidates.append((prefix + (token,), score + step))
        candidates.sort(key=lambda c: (-c[1], c[0]))
        beam = []
        for tokens, score in candidates[:width]:
            if tokens[-1] == eos:
                done.append((tokens, score))
                width -= 1
            else:
                beam.append((tokens, score))
    return sorted(done, key=lambda c: (-c[1], c[0]))


# %% wrong="Log-probabilities add up along the sentence."
def beam_search(tree, beam_size, eos="<EOS>"):
    beam, done, width = [((), 0.0)], [], beam_size
    while beam and width > 0:
        candidates = []
        for prefix, score in beam:
            for token, step in tree.get(prefix, {}).items():
                candidates.append((prefix + (token,), step))
        candidates.sort(key=lambda c: (-c[1], c[0]))
        beam = []
        for tokens, score in candidates[:width]:
            if tokens[-1] == eos:
                done.append((tokens, score))
                width -= 1
            else:
                beam.append((tokens, score))
    return sorted(done, key=lambda c: (-c[1], c[0]))


# %% wrong="Log-probabilities add; probabilities would multiply."
def beam_search(tree, beam_size, eos="<EOS>"):
    beam, done, width = [((), 0.0)], [], beam_size
    while beam and width > 0:
        candidates = []
        for prefix, score in beam:
            for token, step in tree.get(prefix, {}).items():
                candidates.append((prefix + (token,), score * step if prefix else step))
        candidates.sort(key=lambda c: (-c[1], c[0]))
        beam = []
        for tokens, score in candidates[:width]:
            if tokens[-1] == eos:
                done.append((tokens, score))
                width -= 1
            else:
                beam.append((tokens, score))
    return sorted(done, key=lambda c: (-c[1], c[0]))


# %% wrong="Keep the best candidates over the whole beam, not the best of each sentence."
def beam_search(tree, beam_size, eos="<EOS>"):
    beam, done, width = [((), 0.0)], [], beam_size
    while beam and width > 0:
        candidates = []
        for prefix, score in beam:
            for token, step in sorted(tree.get(prefix, {}).items(), key=lambda x: -x[1])[:1]:
                candidates.append((prefix + (token,), score + step))
        candidates.sort(key=lambda c: (-c[1], c[0]))
        beam = []
        for tokens, score in candidates[:width]:
            if tokens[-1] == eos:
                done.append((tokens, score))
                width -= 1
            else:
                beam.append((tokens, score))
    return sorted(done, key=lambda c: (-c[1], c[0]))


# %% wrong="The best first: higher log-probabilities are better."
def beam_search(tree, beam_size, eos="<EOS>"):
    beam, done, width = [((), 0.0)], [], beam_size
    while beam and width > 0:
        candidates = []
        for prefix, score in beam:
            for token, step in tree.get(prefix, {}).items():
                candidates.append((prefix + (token,), score + step))
        candidates.sort(key=lambda c: (-c[1], c[0]))
        beam = []
        for tokens, score in candidates[:width]:
            if tokens[-1] == eos:
                done.append((tokens, score))
                width -= 1
            else:
                beam.append((tokens, score))
    return sorted(done, key=lambda c: (c[1], c[0]))


# %% wrong="The complete sentences should be sorted, best first."
def beam_search(tree, beam_size, eos="<EOS>"):
    beam, done, width = [((), 0.0)], [], beam_size
    while beam and width > 0:
        candidates = []
        for prefix, score in beam:
            for token, step in tree.get(prefix, {}).items():
                candidates.append((prefix + (token,), score + step))
        candidates.sort(key=lambda c: (-c[1], c[0]))
        beam = []
        for tokens, score in candidates[:width]:
            if tokens[-1] == eos:
                done.append((tokens, score))
                width -= 1
            else:
                beam.append((tokens, score))
    return done


# %% wrong="The end token belongs to the tokens."
def beam_search(tree, beam_size, eos="<EOS>"):
    beam, done, width = [((), 0.0)], [], beam_size
    while beam and width > 0:
        candidates = []
        for prefix, score in beam:
            for token, step in tree.get(prefix, {}).items():
                candidates.append((prefix + (token,), score + step))
        candidates.sort(key=lambda c: (-c[1], c[0]))
        beam = []
        for tokens, score in candidates[:width]:
            if tokens[-1] == eos:
                done.append((tokens[:-1], score))
                width -= 1
            else:
                beam.append((tokens, score))
    return sorted(done, key=lambda c: (-c[1], c[0]))


# %% wrong="The end token is an argument."
def beam_search(tree, beam_size, eos="<EOS>"):
    beam, done, width = [((), 0.0)], [], beam_size
    while beam and width > 0:
        candidates = []
        for prefix, score in beam:
            for token, step in tree.get(prefix, {}).items():
                candidates.append((prefix + (token,), score + step))
        candidates.sort(key=lambda c: (-c[1], c[0]))
        beam = []
        for tokens, score in candidates[:width]:
            if tokens[-1] == "<EOS>":
                done.append((tokens, score))
                width -= 1
            else:
                beam.append((tokens, score))
    return sorted(done, key=lambda c: (-c[1], c[0]))


# %% wrong="The beam keeps the candidates with the highest log-probability."
def beam_search(tree, beam_size, eos="<EOS>"):
    beam, done, width = [((), 0.0)], [], beam_size
    while beam and width > 0:
        candidates = []
        for prefix, score in beam:
            for token, step in tree.get(prefix, {}).items():
                candidates.append((prefix + (token,), score + step))
        candidates.sort(key=lambda c: (c[1], c[0]))
        beam = []
        for tokens, score in candidates[:width]:
            if tokens[-1] == eos:
                done.append((tokens, score))
                width -= 1
            else:
                beam.append((tokens, score))
    return sorted(done, key=lambda c: (-c[1], c[0]))


# %% wrong="Equal log-probabilities: the smaller tuple goes first when the beam is cut."
def beam_search(tree, beam_size, eos="<EOS>"):
    beam, done, width = [((), 0.0)], [], beam_size
    while beam and width > 0:
        candidates = []
        for prefix, score in beam:
            for token, step in tree.get(prefix, {}).items():
                candidates.append((prefix + (token,), score + step))
        candidates.sort(key=lambda c: -c[1])
        beam = []
        for tokens, score in candidates[:width]:
            if tokens[-1] == eos:
                done.append((tokens, score))
                width -= 1
            else:
                beam.append((tokens, score))
    return sorted(done, key=lambda c: (-c[1], c[0]))


# %% wrong="Equal log-probabilities: the smaller tuple goes first, not the larger."
def beam_search(tree, beam_size, eos="<EOS>"):
    beam, done, width = [((), 0.0)], [], beam_size
    while beam and width > 0:
        candidates = []
        for prefix, score in beam:
            for token, step in tree.get(prefix, {}).items():
                candidates.append((prefix + (token,), score + step))
        candidates.sort(key=lambda c: (c[1], c[0]), reverse=True)
        beam = []
        for tokens, score in candidates[:width]:
            if tokens[-1] == eos:
                done.append((tokens, score))
                width -= 1
            else:
                beam.append((tokens, score))
    return sorted(done, key=lambda c: (-c[1], c[0]))


# %% wrong="Equal log-probabilities: the smaller tuple goes first in the result too."
def beam_search(tree, beam_size, eos="<EOS>"):
    beam, done, width = [((), 0.0)], [], beam_size
    while beam and width > 0:
        candidates = []
        for prefix, score in beam:
            for token, step in tree.get(prefix, {}).items():
                candidates.append((prefix + (token,), score + step))
        candidates.sort(key=lambda c: (-c[1], c[0]))
        beam = []
        for tokens, score in candidates[:width]:
            if tokens[-1] == eos:
                done.append((tokens, score))
                width -= 1
            else:
                beam.append((tokens, score))
    return sorted(done, key=lambda c: (c[1], c[0]), reverse=True)


# %% wrong="No normalisation by length: the log-probability is the plain sum."
def beam_search(tree, beam_size, eos="<EOS>"):
    beam, done, width = [((), 0.0)], [], beam_size
    while beam and width > 0:
        candidates = []
        for prefix, score in beam:
            for token, step in tree.get(prefix, {}).items():
                candidates.append((prefix + (token,), score + step))
        candidates.sort(key=lambda c: (-c[1], c[0]))
        beam = []
        for tokens, score in candidates[:width]:
            if tokens[-1] == eos:
                done.append((tokens, score))
                width -= 1
            else:
                beam.append((tokens, score))
    return sorted(((t, s / len(t)) for t, s in done), key=lambda c: (-c[1], c[0]))


# %% wrong="A prefix may be missing from the tree."
def beam_search(tree, beam_size, eos="<EOS>"):
    beam, done, width = [((), 0.0)], [], beam_size
    while beam and width > 0:
        candidates = []
        for prefix, score in beam:
            for token, step in tree[prefix].items():
                candidates.append((prefix + (token,), score + step))
        candidates.sort(key=lambda c: (-c[1], c[0]))
        beam = []
        for tokens, score in candidates[:width]:
            if tokens[-1] == eos:
                done.append((tokens, score))
                width -= 1
            else:
                beam.append((tokens, score))
    return sorted(done, key=lambda c: (-c[1], c[0]))


# %% wrong="Greedy decoding keeps one sentence; a beam keeps beam_size of them."
def beam_search(tree, beam_size, eos="<EOS>"):
    beam, done, width = [((), 0.0)], [], beam_size
    while beam and width > 0:
        candidates = []
        for prefix, score in beam:
            for token, step in tree.get(prefix, {}).items():
                candidates.append((prefix + (token,), score + step))
        candidates.sort(key=lambda c: (-c[1], c[0]))
        beam = []
        for tokens, score in candidates[:1]:
            if tokens[-1] == eos:
                done.append((tokens, score))
                width -= 1
            else:
                beam.append((tokens, score))
    return sorted(done, key=lambda c: (-c[1], c[0]))


# %% wrong="Only the sentences that the beam kept count, not every one that ends on the way."
def beam_search(tree, beam_size, eos="<EOS>"):
    beam, done, width = [((), 0.0)], [], beam_size
    while beam and width > 0:
        candidates = []
        for prefix, score in beam:
            for token, step in tree.get(prefix, {}).items():
                candidates.append((prefix + (token,), score + step))
        candidates.sort(key=lambda c: (-c[1], c[0]))
        beam = []
        for tokens, score in [c for i, c in enumerate(candidates) if i < width or c[0][-1] == eos]:
            if tokens[-1] == eos:
                done.append((tokens, score))
                width -= 1
            else:
                beam.append((tokens, score))
    return sorted(done, key=lambda c: (-c[1], c[0]))
