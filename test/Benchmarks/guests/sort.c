// Quicksort with insertion sort below: branches that nobody can predict.
#include "runtime.h"

enum { COUNT = 1 << 20, ROUNDS = 36 };
static int numbers[COUNT];

static void sort(int *first, int *last)
{
    while (last - first > 16)
    {
        int pivot = first[(last - first) / 2], *low = first, *high = last;
        while (low <= high)
        {
            while (*low < pivot) low++;
            while (*high > pivot) high--;
            if (low > high) break;
            int kept = *low;
            *low++ = *high;
            *high-- = kept;
        }
        if (high - first < last - low) sort(first, high), first = low;
        else sort(low, last), last = high;
    }
    for (int *i = first + 1; i <= last; i++)
    {
        int value = *i, *j = i;
        for (; j > first && j[-1] > value; j--) *j = j[-1];
        *j = value;
    }
}

int main(void)
{
    unsigned seed = 7;
    unsigned long sum = 0;
    for (int round = 0; round < ROUNDS; round++)
    {
        for (int i = 0; i < COUNT; i++) numbers[i] = (int)(seed = seed * 1664525 + 1013904223);
        sort(numbers, numbers + COUNT - 1);
        for (int i = 1; i < COUNT; i++) sum += numbers[i - 1] <= numbers[i];
    }
    printf("%lu\n", sum);
    return 0;
}
