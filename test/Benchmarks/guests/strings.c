// Copies, measures and compares strings of many lengths, a byte or a word at a time.
#include "runtime.h"

enum { LONGEST = 4096, ROUNDS = 6000 };
static char source[LONGEST + 1], target[LONGEST + 8];

__attribute__((noinline)) static unsigned long length(const char *text)
{
    const char *end = text;
    while (*end) end++;
    return (unsigned long)(end - text);
}

__attribute__((noinline)) static void copy_bytes(char *to, const char *from, unsigned long count)
{
    for (unsigned long i = 0; i < count; i++) ((volatile char *)to)[i] = from[i];
}

__attribute__((noinline)) static void copy_words(char *to, const char *from, unsigned long count)
{
    unsigned long i = 0;
    for (; i + 8 <= count; i += 8) *(volatile unsigned long *)(to + i) = *(const unsigned long *)(from + i);
    for (; i < count; i++) to[i] = from[i];
}

__attribute__((noinline)) static int compare(const char *a, const char *b)
{
    while (*a && *a == *b) a++, b++;
    return *a - *b;
}

int main(void)
{
    unsigned long sum = 0;
    for (int i = 0; i < LONGEST; i++) source[i] = (char)('a' + i % 26);
    for (int round = 0; round < ROUNDS; round++)
        for (unsigned long n = 1; n < LONGEST; n += 31)
        {
            char saved = source[n];
            source[n] = 0;
            copy_bytes(target, source, n + 1);
            sum += length(target);
            copy_words(target + 3, source, n + 1);
            sum += (unsigned long)compare(target + 3, source) + 1;
            source[n] = saved;
        }
    printf("%lu\n", sum);
    return 0;
}
