// Products of matrices of doubles.
#include "runtime.h"

enum { SIZE = 160, ROUNDS = 120 };
static double a[SIZE][SIZE], b[SIZE][SIZE], c[SIZE][SIZE];

int main(void)
{
    for (int i = 0; i < SIZE; i++)
        for (int j = 0; j < SIZE; j++)
        {
            a[i][j] = 1.0 + (i * 7 + j * 3) % 11 / 8.0;
            b[i][j] = 1.0 - (i * 5 + j) % 13 / 7.0;
        }
    for (int round = 0; round < ROUNDS; round++)
    {
        for (int i = 0; i < SIZE; i++)
            for (int j = 0; j < SIZE; j++)
            {
                double sum = 0;
                for (int k = 0; k < SIZE; k++) sum += a[i][k] * b[k][j];
                c[i][j] = sum;
            }
        for (int i = 0; i < SIZE; i++) a[i][round % SIZE] = c[i][i] / SIZE;
    }
    double trace = 0;
    for (int i = 0; i < SIZE; i++) trace += c[i][i];
    printf("%lx\n", *(unsigned long *)&trace);
    return 0;
}
