// vectors.c: SSE and SSE2: scalars, floats, doubles, integer lanes, conversions, special values. Also built natively for
// Linux, so that a processor tells what is right.
#include "runtime/runtime.h"

#if !defined(__x86_64__)
#error "this program is about SSE2"
#endif
#include <emmintrin.h>

static uint64_t sum;

static void mix(uint64_t value)
{
    sum = (sum ^ value) * 0x9e3779b97f4a7c15u;
    sum ^= sum >> 29;
}

NOINLINE static void mix_vector(__m128i vector)
{
    uint64_t halves[2];
    _mm_storeu_si128((__m128i *)halves, vector);
    mix(halves[0]), mix(halves[1]);
}
static void mix_doubles(__m128d vector) { mix_vector(_mm_castpd_si128(vector)); }
static void mix_floats(__m128 vector) { mix_vector(_mm_castps_si128(vector)); }

static void report(const char *name)
{
    printf("%-12s %016lx\n", name, sum);
    sum = 0;
}

static void show(const char *name, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    printf("%-12s %016lx %ld\n", name, bits, (long)(value * 1000));
}

// Bit patterns: ordinary numbers, zeros, denormals, infinities, a quiet and a signalling NaN.
static volatile uint64_t double_bits[] = {
    0, 0x8000000000000000, 0x3ff0000000000000, 0xbff8000000000000, 0x400921fb54442d18, 0x4340000000000001, 0xc1e0000000200000,
    0x0000000000000001, 0x000fffffffffffff, 0x7fefffffffffffff, 0x7ff0000000000000, 0xfff0000000000000, 0x7ff8000000000000,
    0x7ff4000000000001, 0x3fb999999999999a, 0x41dfffffffc00000,
};
static volatile uint32_t float_bits[] = {
    0, 0x80000000, 0x3f800000, 0xbfc00000, 0x40490fdb, 0x4b000001, 0x00000001, 0x007fffff, 0x7f7fffff, 0x7f800000, 0xff800000,
    0x7fc00000, 0x7fa00001, 0x3dcccccd, 0x4f000000, 0xcf000001,
};
enum { COUNT = 16 };

static __m128d double_at(int i)
{
    return _mm_castsi128_pd(_mm_set_epi64x((long)double_bits[(i * 5 + 3) % COUNT], (long)double_bits[i]));
}
static __m128 float_at(int i)
{
    return _mm_castsi128_ps(_mm_set_epi32((int)float_bits[(i * 3 + 1) % COUNT], (int)float_bits[(i * 5 + 2) % COUNT],
                                          (int)float_bits[(i * 7 + 3) % COUNT], (int)float_bits[i]));
}
static __m128i integers_at(int i)
{
    return _mm_set_epi64x((long)(double_bits[i] * 0x9e3779b97f4a7c15u + 77), (long)(double_bits[(i + 5) % COUNT] ^ 0x80ff7f0100fe8001u));
}

static void doubles(void)
{
    for (int i = 0; i < COUNT; i++)
        for (int j = 0; j < COUNT; j++)
        {
            __m128d a = double_at(i), b = double_at(j);
            mix_doubles(_mm_add_pd(a, b)), mix_doubles(_mm_sub_sd(a, b)), mix_doubles(_mm_mul_pd(a, b)), mix_doubles(_mm_div_pd(a, b));
            mix_doubles(_mm_min_pd(a, b)), mix_doubles(_mm_max_sd(a, b)), mix_doubles(_mm_sqrt_pd(a)), mix_doubles(_mm_sqrt_sd(a, b));
            mix_doubles(_mm_cmplt_pd(a, b)), mix_doubles(_mm_cmpunord_pd(a, b)), mix_doubles(_mm_cmpneq_sd(a, b));
            mix_doubles(_mm_and_pd(a, b)), mix_doubles(_mm_andnot_pd(a, b)), mix_doubles(_mm_xor_pd(a, b));
            mix_doubles(_mm_shuffle_pd(a, b, 1)), mix_doubles(_mm_unpackhi_pd(a, b)), mix_doubles(_mm_move_sd(a, b));
            mix((uint64_t)_mm_comilt_sd(a, b) | (uint64_t)_mm_ucomigt_sd(a, b) << 1 | (uint64_t)_mm_ucomieq_sd(a, b) << 2);
            mix((uint64_t)_mm_movemask_pd(a));
        }
    report("doubles");
}

static void floats(void)
{
    for (int i = 0; i < COUNT; i++)
        for (int j = 0; j < COUNT; j++)
        {
            __m128 a = float_at(i), b = float_at(j);
            mix_floats(_mm_add_ps(a, b)), mix_floats(_mm_sub_ps(a, b)), mix_floats(_mm_mul_ss(a, b)), mix_floats(_mm_div_ps(a, b));
            mix_floats(_mm_min_ps(a, b)), mix_floats(_mm_max_ps(a, b)), mix_floats(_mm_sqrt_ps(a));
            mix_floats(_mm_cmple_ps(a, b)), mix_floats(_mm_cmpord_ps(a, b)), mix_floats(_mm_cmpnlt_ss(a, b));
            mix_floats(_mm_or_ps(a, b)), mix_floats(_mm_shuffle_ps(a, b, 0x4b)), mix_floats(_mm_unpacklo_ps(a, b));
            mix_floats(_mm_movehl_ps(a, b)), mix_floats(_mm_movelh_ps(a, b));
            mix((uint64_t)_mm_ucomile_ss(a, b) | (uint64_t)_mm_comige_ss(a, b) << 1), mix((uint64_t)_mm_movemask_ps(a));
        }
    report("floats");
}

static void integers(void)
{
    for (int i = 0; i < COUNT; i++)
        for (int j = 0; j < COUNT; j++)
        {
            __m128i a = integers_at(i), b = integers_at(j), n = _mm_cvtsi32_si128(j * 5);
            mix_vector(_mm_add_epi8(a, b)), mix_vector(_mm_add_epi16(a, b)), mix_vector(_mm_add_epi32(a, b)), mix_vector(_mm_add_epi64(a, b));
            mix_vector(_mm_sub_epi8(a, b)), mix_vector(_mm_sub_epi16(a, b)), mix_vector(_mm_sub_epi32(a, b)), mix_vector(_mm_sub_epi64(a, b));
            mix_vector(_mm_adds_epi8(a, b)), mix_vector(_mm_adds_epu16(a, b)), mix_vector(_mm_subs_epi16(a, b)), mix_vector(_mm_subs_epu8(a, b));
            mix_vector(_mm_mullo_epi16(a, b)), mix_vector(_mm_mulhi_epi16(a, b)), mix_vector(_mm_mulhi_epu16(a, b));
            mix_vector(_mm_mul_epu32(a, b)), mix_vector(_mm_madd_epi16(a, b)), mix_vector(_mm_sad_epu8(a, b)), mix_vector(_mm_avg_epu8(a, b));
            mix_vector(_mm_min_epu8(a, b)), mix_vector(_mm_max_epi16(a, b)), mix_vector(_mm_cmpeq_epi8(a, b));
            mix_vector(_mm_cmpgt_epi8(a, b)), mix_vector(_mm_cmpgt_epi16(a, b)), mix_vector(_mm_cmpgt_epi32(a, b)), mix_vector(_mm_cmpeq_epi32(a, b));
            mix_vector(_mm_and_si128(a, b)), mix_vector(_mm_andnot_si128(a, b)), mix_vector(_mm_or_si128(a, b)), mix_vector(_mm_xor_si128(a, b));
            mix_vector(_mm_sll_epi16(a, n)), mix_vector(_mm_srl_epi32(a, n)), mix_vector(_mm_sra_epi32(a, n)), mix_vector(_mm_srl_epi64(a, n));
            mix_vector(_mm_slli_epi64(a, 7)), mix_vector(_mm_srai_epi16(a, 3)), mix_vector(_mm_srli_si128(a, 5)), mix_vector(_mm_slli_si128(a, 11));
            mix_vector(_mm_packs_epi16(a, b)), mix_vector(_mm_packus_epi16(a, b)), mix_vector(_mm_packs_epi32(a, b));
            mix_vector(_mm_unpacklo_epi8(a, b)), mix_vector(_mm_unpackhi_epi16(a, b)), mix_vector(_mm_unpacklo_epi32(a, b)), mix_vector(_mm_unpackhi_epi64(a, b));
            mix_vector(_mm_shuffle_epi32(a, 0x1b)), mix_vector(_mm_shufflelo_epi16(a, 0x72)), mix_vector(_mm_shufflehi_epi16(a, 0x93));
            mix_vector(_mm_insert_epi16(a, j, 3)), mix((uint64_t)_mm_extract_epi16(a, 5)), mix((uint64_t)_mm_movemask_epi8(a));
        }
    report("integers");
}

static void conversions(void)
{
    for (int i = 0; i < COUNT; i++)
    {
        __m128d d = double_at(i);
        __m128 f = float_at(i);
        __m128i n = integers_at(i);
        mix((uint64_t)_mm_cvttsd_si64(d)), mix((uint64_t)_mm_cvtsd_si64(d)), mix((uint64_t)_mm_cvttss_si32(f)), mix((uint64_t)_mm_cvtss_si64(f));
        mix_vector(_mm_cvttpd_epi32(d)), mix_vector(_mm_cvtpd_epi32(d)), mix_vector(_mm_cvtps_epi32(f)), mix_vector(_mm_cvttps_epi32(f));
        mix_doubles(_mm_cvtps_pd(f)), mix_floats(_mm_cvtpd_ps(d)), mix_doubles(_mm_cvtepi32_pd(n)), mix_floats(_mm_cvtepi32_ps(n));
        mix_doubles(_mm_cvtsi64_sd(d, (long)double_bits[i])), mix_floats(_mm_cvtsi64_ss(f, (long)double_bits[i]));
        mix_doubles(_mm_cvtss_sd(d, f)), mix_floats(_mm_cvtsd_ss(f, d));
    }
    report("conversions");
}

// The rounding modes and the sticky exception flags of mxcsr.
static void control(void)
{
    static const unsigned modes[] = {0x1f80, 0x3f80, 0x5f80, 0x7f80, 0x9fc0}; // nearest, down, up, to zero; flush and denormals to zero
    for (int mode = 0; mode < 5; mode++)
    {
        volatile double one = 1, three = 3, tiny = 4.9406564584124654e-324;
        unsigned after;
        _mm_setcsr(modes[mode]);
        double third = one / three, half = tiny / 2 + tiny;
        long rounded = _mm_cvtsd_si64(_mm_set_sd(-2.5 * one));
        after = _mm_getcsr();
        _mm_setcsr(0x1f80);
        uint64_t bits[2];
        memcpy(&bits[0], &third, 8), memcpy(&bits[1], &half, 8);
        printf("mxcsr %04x   %016lx %016lx %ld, after %04x\n", modes[mode], bits[0], bits[1], rounded, after);
    }
}

// Ordinary numeric code.
static void ordinary(void)
{
    static float left[64], right[64];
    double pi = 0, root = 2;
    float dot = 0;

    for (int i = 0; i < 10000; i++)
        pi += (i % 2 == 0 ? 4.0 : -4.0) / (2 * i + 1);
    show("pi", pi);
    for (int i = 0; i < 20; i++)
        root = (root + 2 / root) / 2;
    show("root of 2", root);
    for (int i = 0; i < 64; i++)
        left[i] = (float)i * 0.25f, right[i] = 1.0f / (float)(i + 1);
    for (int i = 0; i < 64; i++)
        dot += left[i] * right[i];
    show("dot product", dot);
    show("unsigned", (double)double_bits[1] / 1e9 + (double)(uint32_t)float_bits[1]);
    show("negated", -__builtin_fabs(-root));
}

int main(void)
{
    doubles();
    floats();
    integers();
    conversions();
    control();
    ordinary();
    return 0;
}
