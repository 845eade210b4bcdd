#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""RSA operations and their answers, for zrsa.c: the same each time.

Python's own arithmetic gives the answers.  The keys come from a fixed seed and
protect nothing.
"""

import random

SEED = 20170
SIZES = (512, 768, 1024, 1032, 2048, 3072, 4096)
ROUNDS = 16
PUBLIC = 65537
SMALL_PRIMES = [n for n in range(3, 2000, 2) if all(n % d for d in range(3, int(n ** 0.5) + 1, 2))]

chance = random.Random(SEED)


def is_prime(number):
    """Miller and Rabin's test."""
    if any(number % small == 0 for small in SMALL_PRIMES):
        return False
    odd = number - 1
    twos = (odd & -odd).bit_length() - 1
    odd >>= twos
    for _round in range(ROUNDS):
        power = pow(chance.randrange(2, number - 1), odd, number)
        if power in (1, number - 1):
            continue
        for _square in range(twos - 1):
            power = power * power % number
            if power == number - 1:
                break
        else:
            return False
    return True


def prime(bits):
    """A prime whose two highest bits are set, so that two of them fill the modulus."""
    while True:
        candidate = chance.getrandbits(bits) | 3 << (bits - 2) | 1
        if (candidate - 1) % PUBLIC and is_prime(candidate):
            return candidate


class Key:
    def __init__(self, bits):
        self.size = bits // 8
        self.p, self.q = sorted((prime(bits - bits // 2), prime(bits // 2)), reverse=True)
        self.modulus = self.p * self.q
        self.private = pow(PUBLIC, -1, (self.p - 1) * (self.q - 1))
        self.inverse = pow(self.q, -1, self.p)

    def crt(self):
        return self.p, self.q, self.private % (self.p - 1), self.private % (self.q - 1), self.inverse


def tell(name, answer, kind, size, value, numbers):
    """One line; @answer is a number, or the name of an error."""
    part = (size + 1) // 2 if kind == "crt" else size
    words = [name, answer if isinstance(answer, str) else f"{answer:0{2 * size}x}", kind, f"{value:0{2 * size}x}"]
    print(" ".join(words + [f"{number:0{2 * part}x}" for number in numbers]))


def tell_right(name, key, value):
    """What a card can do, by the private key in both ways, and back."""
    signed = pow(value, key.private, key.modulus)
    tell(f"{name}-crt", signed, "crt", key.size, value, key.crt())
    tell(f"{name}-private", signed, "mex", key.size, value, (key.private, key.modulus))
    tell(f"{name}-public", value, "mex", key.size, signed, (PUBLIC, key.modulus))


def tell_wrong(key):
    """What a card refuses."""
    size, modulus, value = key.size, key.modulus, 3
    p, q, dp, dq, u = key.crt()
    tell("even-modulus", "EINVAL", "mex", size, value, (PUBLIC, modulus + 1))
    tell("no-modulus", "EINVAL", "mex", size, 0, (PUBLIC, 0))
    tell("no-exponent", "EINVAL", "mex", size, value, (0, modulus))
    tell("value-is-modulus", "EINVAL", "mex", size, modulus, (PUBLIC, modulus))
    tell("value-above-modulus", "EINVAL", "mex", size, modulus + 1, (PUBLIC, modulus))
    tell("crt-even-p", "EINVAL", "crt", size, value, (p + 1, q, dp, dq, u))
    tell("crt-even-q", "EINVAL", "crt", size, value, (p, q + 1, dp, dq, u))
    tell("crt-no-p", "EINVAL", "crt", size, value, (0, q, dp, dq, u))
    tell("crt-no-exponent", "EINVAL", "crt", size, value, (p, q, 0, dq, u))
    tell("crt-value-is-modulus", "EINVAL", "crt", size, modulus, (p, q, dp, dq, u))
    tell("too-long", "ENODEV", "mex", 513, value, (PUBLIC, 1 << 4096 | 1))


def main():
    keys = {}
    for bits in SIZES:
        keys[bits] = key = Key(bits)
        tell_right(f"rsa{bits}", key, chance.randrange(2, key.modulus))
    key = keys[1024]
    for name, value in (("zero", 0), ("one", 1), ("largest", key.modulus - 1)):
        tell_right(f"{name}", key, value)
    # an answer with many zeroes in front
    tell("short-answer", 7, "mex", key.size, pow(7, key.private, key.modulus), (PUBLIC, key.modulus))
    # the largest modulus of a format that isn't filled
    tell("short-modulus", pow(5, 3, 35), "mex", 128, 5, (3, 35))
    tell_wrong(key)


if __name__ == "__main__":
    main()
