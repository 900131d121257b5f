// Byte sieve of Eratosthenes, again and again.
#include "runtime.h"

enum { LIMIT = 1 << 20, ROUNDS = 1000 };
static unsigned char composite[LIMIT];

int main(void)
{
    unsigned total = 0;
    for (int round = 0; round < ROUNDS; round++)
    {
        for (int i = 0; i < LIMIT; i++) composite[i] = 0;
        for (int i = 2; i < LIMIT; i++)
        {
            if (composite[i]) continue;
            total++;
            for (long j = (long)i * i; j < LIMIT; j += i) composite[j] = 1;
        }
    }
    printf("%u primes\n", total);
    return 0;
}
