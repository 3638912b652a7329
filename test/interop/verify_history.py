#!/usr/bin/env python3
"""Verifies an export of the history (format shomei-history/1), written from the specification page alone.

Usage: python3 verify_history.py KEY.pem EXPORT.jsonl [KEPT_CHECKPOINTS_FILE]
Exits with 0: whole; 1: something is wrong; 2: a file can't be read or isn't of this format.
Needs the `openssl` command for the signatures. The export is read twice: the checkpoint stands in its last line.
"""
import base64, hashlib, json, re, subprocess, sys, tempfile
from collections import namedtuple

ALWAYS = ("action actorRole after at bankId certificateId code contractId id outcome requestId "
          "targetLoginId targetUserId").split()
PRIVATE = "actorId actorLoginId address before note".split()
P256_SPKI_START = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")
ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
Key = namedtuple("Key", "path id")
Checkpoint = namedtuple("Checkpoint", "bank chain size root head signed_text signatures")


class Wrong(Exception): """The export is readable, but not whole (exit 1)."""
class Unreadable(Exception): """Not of this format (exit 2)."""


def sha256(*parts): return hashlib.sha256(b"".join(parts)).digest()
def node(left, right): return sha256(b"\1", left, right)
def is_hex(value, digits): return isinstance(value, str) and re.fullmatch("[0-9a-f]{%d}" % digits, value) is not None
def is_count(value, least): return type(value) is int and value >= least   # bool isn't an int here


def need(condition, message, kind=Unreadable):
    if not condition: raise kind(message)


def unique(pairs):
    need(len(dict(pairs)) == len(pairs), "a member occurs twice")
    return dict(pairs)


def no_constant(name): raise ValueError(name)


def parse_object(line, where):
    try: value = json.loads(line.decode("utf-8"), object_pairs_hook=unique, parse_constant=no_constant)
    except (ValueError, RecursionError, Unreadable) as error: raise Unreadable(f"{where}: not JSON in UTF-8: {error}")
    need(isinstance(value, dict), f"{where}: not an object")
    return value


def canonical(members):
    def text(value):
        if value is None: return "null"
        return '"' + re.sub(r'["\\\x00-\x1f]', lambda m: ESCAPES.get(m[0]) or "\\u%04x" % ord(m[0]), value) + '"'
    try: return ("{" + ",".join(text(k) + ":" + text(members[k]) for k in sorted(members)) + "}").encode("utf-8")
    except UnicodeEncodeError: raise Unreadable("a string holds half of a surrogate pair")


def leaf_hash(entry):
    def pick(source, names):
        for name in names:
            need(name in source, f"{name} is missing")
            need(source[name] is None or isinstance(source[name], str), f"{name} is neither a string nor null")
        return {name: source[name] for name in names}
    always = pick(entry, ALWAYS)
    has_salt, has_withheld = "salt" in entry, "withheld" in entry
    if has_salt or has_withheld:
        need(not has_salt or isinstance(entry["salt"], str) and re.fullmatch("[0-9a-fA-F]{32}", entry["salt"]),
             "salt isn't 32 hex digits")
        need(not has_withheld or is_hex(entry["withheld"], 64), "withheld isn't 64 hex digits")
        need(entry["actorRole"] == "BANK_OPERATOR", "salt or withheld, but not of a BANK_OPERATOR", Wrong)
        need(not has_withheld or not any(name in entry for name in PRIVATE + ["salt"]),
             "withheld stands beside what it withholds", Wrong)
        withheld = entry["withheld"] if has_withheld else sha256(canonical(pick(entry, PRIVATE + ["salt"]))).hex()
        return sha256(b"\0", canonical({**always, "withheld": withheld}))
    return sha256(b"\0", canonical({**always, **pick(entry, PRIVATE)}))


class Tree:
    """The Merkle tree of RFC 9162 2.1.1, of which only the peaks (roots of the full subtrees) are kept."""
    def __init__(self): self.peaks, self.size = [], 0

    def add(self, leaf):
        size = self.size
        while size & 1:
            leaf, size = node(self.peaks.pop(), leaf), size >> 1
        self.peaks.append(leaf)
        self.size += 1

    def root(self):
        if not self.peaks: return sha256()
        result = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]): result = node(peak, result)
        return result


def included(leaf, index, size, proof, root):   # RFC 9162 2.1.3.2
    if index >= size: return False
    fn, sn, result = index, size - 1, leaf
    for sibling in proof:
        if sn == 0: return False
        if fn & 1 or fn == sn:
            result = node(sibling, result)
            while not fn & 1 and fn != 0: fn, sn = fn >> 1, sn >> 1
        else:
            result = node(result, sibling)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and result == root


def load_key(path):
    with open(path, encoding="ascii") as file: pem = file.read()
    body = re.search("-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\\s]+)-----END PUBLIC KEY-----", pem)
    need(body, "the key isn't a public key in PEM")
    der = base64.b64decode("".join(body[1].split()), validate=True)
    need(der.startswith(P256_SPKI_START) and len(der) == 91, "the key isn't one of P-256")
    return Key(path, sha256(der)[:4])


def parse_note(note, what):
    text, _, signatures = note.partition("\n\n")
    match = re.fullmatch(r"shomei/([^\s/]+)/([0-9A-Z]{26})\n(0|[1-9][0-9]{0,17})\n([A-Za-z0-9+/]{43}=)\n"
                         r"head ([A-Za-z0-9+/]{43}=)\nat \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z(?:\n[^\n]+)*", text, re.ASCII)
    need(match and re.fullmatch("(\u2014 [^ \n]+ [A-Za-z0-9+/]+=*(\n|$))+", signatures), f"{what} isn't a signed note")
    pairs = [line.split(" ")[1:] for line in signatures.rstrip("\n").split("\n")]
    return Checkpoint(match[1], match[2], int(match[3]), base64.b64decode(match[4]), base64.b64decode(match[5]),
                      (text + "\n").encode("utf-8"), [base64.b64decode(b, validate=True) for name, b in pairs
                                                      if name == "shomei-history"])


def check_signature(checkpoint, key, what):
    for blob in checkpoint.signatures:   # signatures of other keys may stand beside ours
        if blob[:4] != key.id: continue
        with tempfile.NamedTemporaryFile() as file:
            file.write(blob[4:])
            file.flush()
            done = subprocess.run(["openssl", "dgst", "-sha256", "-verify", key.path, "-signature", file.name],
                                  input=checkpoint.signed_text, capture_output=True)
        if done.returncode == 0: return
        raise Wrong(f"{what}: its signature is wrong")
    raise Wrong(f"{what}: it isn't signed by this key")


def load_kept(path, chain, key):
    with open(path, encoding="utf-8", newline="") as file: parts = file.read().rstrip("\n").split("\n\n")
    if parts == [""]: return []
    need(len(parts) % 2 == 0, "the kept checkpoints aren't signed notes, an empty line after each")
    notes = [parse_note(text + "\n\n" + signatures, f"kept checkpoint {i}") for i, (text, signatures)
             in enumerate(zip(parts[::2], parts[1::2]), 1)]
    kept = [note for note in notes if note.chain == chain]
    for note in kept: check_signature(note, key, f"kept checkpoint of size {note.size}")
    return kept


def read_ends(path):
    """Gives the header, the last line, and where in the file the last line begins."""
    first, last, begin, end = None, b"", 0, 0
    with open(path, "rb") as file:
        for last in file:
            first, begin, end = first or last, end, end + len(last)
    need(first, "the export is empty")
    header = parse_object(first, "line 1")
    need(header.get("format") == "shomei-history/1" and header.get("kind") in ("CHAIN", "PROOFS"),
         "the export isn't of the format shomei-history/1")
    for name, pattern in (("bank", "[!-.0-~]+"), ("chain", "[0-9A-Z]{26}")):
        need(isinstance(header.get(name), str) and re.fullmatch(pattern, header[name]), f"line 1: {name}")
    if header["kind"] == "CHAIN":
        need(is_count(header.get("from"), 1), "line 1: from")
        need(is_count(header.get("until"), header["from"] - 1), "line 1: until")
        need(is_hex(header.get("previousHead"), 64), "line 1: previousHead")
    else: need(isinstance(header.get("contract"), str), "line 1: contract")
    try: closing = parse_object(last, "the last line")
    except Unreadable:
        need(not last.endswith(b"\n"), "the last line isn't JSON")
        raise Wrong("the export is cut off in the middle of a line")
    need("checkpoint" in closing, "the last line, the one with the checkpoint, is missing", Wrong)
    need(closing["checkpoint"] is None or isinstance(closing["checkpoint"], str), "the checkpoint isn't a string")
    return header, closing["checkpoint"], begin


def read_entries(path, end, header):
    """Streams (number, leaf hash, proof or None, name for messages) of the lines between the first and the last."""
    with open(path, "rb") as file:
        position = len(file.readline())
        for line_number, line in enumerate(file, 2):
            if position >= end: return
            position += len(line)
            item = parse_object(line, f"line {line_number}")
            number, entry, proof = item.get("number"), item.get("entry"), item.get("proof")
            need(is_count(number, 1), f"line {line_number}: number isn't an integer from 1")
            need(isinstance(entry, dict), f"line {line_number}: entry isn't an object")
            need("proof" not in item or isinstance(proof, list) and all(is_hex(p, 64) for p in proof),
                 f"line {line_number}: proof isn't a list of 64 hex digits each")
            name = f"entry {number} (id {json.dumps(entry.get('id')).strip(chr(34))})"
            try:
                leaf = leaf_hash(entry)
                need(header["kind"] == "CHAIN" or entry["contractId"] == header["contract"], "it is of another contract", Wrong)
                need(entry["bankId"] == (None if header["bank"] == "house" else header["chain"]), "it is of another bank", Wrong)
            except (Wrong, Unreadable) as error: raise type(error)(f"{name}: {error}")
            yield number, leaf, None if proof is None else [bytes.fromhex(p) for p in proof], name


def verify_chain(header, entries, final, kept):
    start, until, number = header["from"], header["until"], header["from"] - 1
    head, tree, name, agreed = bytes.fromhex(header["previousHead"]), Tree(), "before the first entry", number
    need(start > 1 or head == bytes(32), "previousHead of entry 1 isn't zero", Wrong)
    need(final.size == until, f"the checkpoint is of size {final.size}, the export until {until}", Wrong)
    by_size = {}
    for checkpoint in kept + [final]: by_size.setdefault(checkpoint.size, []).append(checkpoint)

    def compare():
        for checkpoint in by_size.get(number, ()):
            which = "the export's checkpoint" if checkpoint is final else "a kept checkpoint"
            need(head == checkpoint.head and (start > 1 or tree.root() == checkpoint.root),
                 f"{name}: the chain up to here isn't that of {which} of size {number}; "
                 f"what is wrong lies in entries {agreed + 1} to {number}", Wrong)

    compare()
    for found, leaf, _, name_found in entries:
        need(found == number + 1 <= until, f"{name_found}: " + (f"entry {number + 1} should stand here"
             if number < until else f"beyond the range's end {until}"), Wrong)
        number, name, head = found, name_found, sha256(b"\2", head, leaf)
        if start == 1: tree.add(leaf)
        compare()
        if number in by_size: agreed = number
    need(number == until, f"entry {number + 1} is missing: the export should go until {until}", Wrong)
    longest = max([until] + [checkpoint.size for checkpoint in kept])
    need(start > 1 or longest == until, f"the tail is cut: entry {until + 1} is missing, a kept checkpoint "
         f"is of size {longest}", Wrong)
    return until - start + 1


def verify_proofs(entries, final):
    seen = set()
    for number, leaf, proof, name in entries:
        need(proof is not None, f"{name}: proof is missing")
        need(final, f"{name}: an entry, but no checkpoint", Wrong)
        need(number not in seen, f"{name}: it stands there twice", Wrong)
        need(included(leaf, number - 1, final.size, proof, final.root), f"{name}: its proof doesn't hold", Wrong)
        seen.add(number)
    return len(seen)


def verify(key_path, export_path, kept_path=None):
    key = load_key(key_path)
    header, note, last_begins = read_ends(export_path)
    kept = load_kept(kept_path, header["chain"], key) if kept_path else []
    final = None if note is None else parse_note(note, "the checkpoint")
    if final:
        need((final.bank, final.chain) == (header["bank"], header["chain"]), "the checkpoint is of another chain", Wrong)
        check_signature(final, key, "the checkpoint")
    entries = read_entries(export_path, last_begins, header)
    if header["kind"] == "PROOFS": return header, verify_proofs(entries, final)
    need(final, "a chain without a checkpoint", Wrong)
    return header, verify_chain(header, entries, final, kept)


def main(arguments):
    if len(arguments) not in (2, 3):
        print("usage: verify_history.py KEY.pem EXPORT.jsonl [KEPT_CHECKPOINTS_FILE]")
        return 2
    try: header, count = verify(*arguments)
    except Wrong as error: print(f"wrong: {error}"); return 1
    except (Unreadable, OSError, ValueError) as error: print(f"can't be read: {ascii(str(error))[1:-1]}"); return 2
    print(f"whole: {count} entries of bank {header['bank']}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
