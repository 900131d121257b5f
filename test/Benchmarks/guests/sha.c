// The compression function of SHA-256 over a changing block: rotations, logic and additions of 32 bits.
#include "runtime.h"

enum { BLOCKS = 9000000 };

static uint32_t constants[64], state[8], block[16];

static uint32_t rotate(uint32_t x, int n) { return x >> n | x << (32 - n); }

static void compress(void)
{
    uint32_t w[64], s[8];
    for (int i = 0; i < 16; i++) w[i] = block[i];
    for (int i = 16; i < 64; i++)
    {
        uint32_t a = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3;
        uint32_t b = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10;
        w[i] = w[i - 16] + a + w[i - 7] + b;
    }
    for (int i = 0; i < 8; i++) s[i] = state[i];
    for (int i = 0; i < 64; i++)
    {
        uint32_t e = rotate(s[4], 6) ^ rotate(s[4], 11) ^ rotate(s[4], 25);
        uint32_t first = s[7] + e + ((s[4] & s[5]) ^ (~s[4] & s[6])) + constants[i] + w[i];
        uint32_t a = rotate(s[0], 2) ^ rotate(s[0], 13) ^ rotate(s[0], 22);
        uint32_t second = a + ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
        s[7] = s[6], s[6] = s[5], s[5] = s[4], s[4] = s[3] + first;
        s[3] = s[2], s[2] = s[1], s[1] = s[0], s[0] = first + second;
    }
    for (int i = 0; i < 8; i++) state[i] += s[i];
}

int main(void)
{
    uint32_t seed = 12345;
    for (int i = 0; i < 64; i++) constants[i] = seed = seed * 1664525 + 1013904223;
    for (int i = 0; i < 8; i++) state[i] = seed = seed * 1664525 + 1013904223;
    for (int i = 0; i < BLOCKS; i++)
    {
        for (int j = 0; j < 16; j++) block[j] = state[j & 7] + (uint32_t)i;
        compress();
    }
    printf("%x %x\n", state[0], state[7]);
    return 0;
}
