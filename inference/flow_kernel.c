/* Scores windows with a folded flow: the sums of inference/folded_flow.py, one window at a time.
 *
 * A window's numbers lie in the order joint, frame, so that a loop over frames is a few vector
 * instructions and everything stays in the first-level cache. A window is computed alike whatever
 * stands beside it in a batch: its score is the same, bit for bit.
 */
#include <math.h>

enum { JOINTS = 18, MOST_FRAMES = 24, FRAMES_A_LOG = 4 };

/* Before a step's matrix (hidden value and frame, output and frame); compiled_flow.py writes it. */
struct step {
    float reads, weight[2], bias[2], slope[2], base[2], floor[2];
};

/* The loader takes the variant that suits the processor. */
#if defined(__x86_64__) && defined(__GLIBC__) && !defined(__clang__) && __GNUC__ >= 12
#define FOR_EACH_PROCESSOR __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define FOR_EACH_PROCESSOR
#endif
#define INLINE static inline __attribute__((always_inline))
#define ALIGNED __attribute__((aligned(64)))

INLINE float at_least(float value, float floor) { return value > floor ? value : floor; }

/* 1 / (1 + exp(-x)) for x >= 2, within 2e-7: a polynomial for exp(-x / 16) to the sixteenth power.
 * From 18 on the sigmoid is 1 in float32. */
INLINE float sigmoid(float x)
{
    float part = (x < 18 ? x : 18) * 0.0625f;
    float power = 0.7368068e-3f;
    power = power * part - 0.7269382e-2f;
    power = power * part + 0.4070605e-1f;
    power = power * part - 0.1661714f;
    power = power * part + 0.4998581f;
    power = power * part - 0.9999795f;
    power = power * part + 0.9999989f;
    power *= power;
    power *= power;
    power *= power;
    power *= power;
    return 1 / (1 + power);
}

/* What the coupling network says for whole frames, into output (2, frames). */
INLINE void say(const struct step *step, const float *matrix, const float *read, float *output, int frames)
{
    float total[MOST_FRAMES] ALIGNED = {0}, hidden[2 * MOST_FRAMES] ALIGNED;
    for (int joint = 0; joint < JOINTS; joint++)
        for (int frame = 0; frame < frames; frame++)
            total[frame] += read[joint * frames + frame];
    for (int value = 0; value < 2; value++)
        for (int frame = 0; frame < frames; frame++) {
            hidden[value * frames + frame] = at_least(total[frame] * step->weight[value] + step->bias[value], 0);
            output[value * frames + frame] = step->base[value];
        }
    for (int from = 0; from < 2 * frames; from++)
        for (int to = 0; to < 2 * frames; to++)
            output[to] += hidden[from] * matrix[from * 2 * frames + to];
}

INLINE void take_step(const struct step *step, const float *said, const float *read, float *other, float *product,
                      int frames)
{
    for (int joint = 0; joint < JOINTS; joint++)
        for (int frame = 0; frame < frames; frame++) {
            int at = joint * frames + frame;
            float shift = at_least(read[at] * step->slope[0] + said[frame], step->floor[0]);
            float scale = sigmoid(at_least(read[at] * step->slope[1] + said[frames + frame], step->floor[1]));
            other[at] = (other[at] + shift) * scale;
            product[frame] *= scale;
        }
}

/* The sum over joints and frames of factor · (value + offset)². */
INLINE double energy(const float *values, float offset, double factor, int frames)
{
    float sums[MOST_FRAMES] ALIGNED = {0};
    double total = 0;
    for (int joint = 0; joint < JOINTS; joint++)
        for (int frame = 0; frame < frames; frame++) {
            float distance = values[joint * frames + frame] + offset;
            sums[frame] += distance * distance;
        }
    for (int frame = 0; frame < frames; frame++)
        total += sums[frame];
    return total * factor;
}

/* One window (2, frames, JOINTS) to its score; latents holds offsets, factors, constant, bits. */
INLINE double score(const float *window, const char *steps, int number, const double *latents, int frames)
{
    float values[2][JOINTS * MOST_FRAMES] ALIGNED, said[2 * MOST_FRAMES] ALIGNED, product[MOST_FRAMES] ALIGNED;
    float *first = values[0], *second = values[1];
    double logs = 0;
    for (int channel = 0; channel < 2; channel++)
        for (int frame = 0; frame < frames; frame++)
            for (int joint = 0; joint < JOINTS; joint++)
                values[channel][joint * frames + frame] = window[(channel * frames + frame) * JOINTS + joint];
    for (int frame = 0; frame < frames; frame++)
        product[frame] = 1;
    for (int index = 0; index < number; index++) {
        const struct step *step = (const struct step *)steps;
        const float *matrix = (const float *)(step + 1);
        float *read = step->reads ? second : first, *other = step->reads ? first : second;
        say(step, matrix, read, said, frames);
        take_step(step, said, read, other, product, frames);
        first = read;
        second = other;
        steps = (const char *)(matrix + 4 * frames * frames);
    }
    for (int frame = 0; frame < frames; frame += FRAMES_A_LOG)
        logs += log((double)product[frame] * product[frame + 1] * product[frame + 2] * product[frame + 3]);
    return (energy(first, latents[0], latents[2], frames) + energy(second, latents[1], latents[3], frames) - logs
            + latents[4]) * latents[5];
}

#define SCORES(name, frames)                                                                                   \
    FOR_EACH_PROCESSOR void name(const float *windows, long number, const char *steps, int number_of_steps,    \
                                 const double *latents, float *scores)                                         \
    {                                                                                                          \
        for (long window = 0; window < number; window++)                                                       \
            scores[window] = (float)score(windows + window * 2 * (frames) * JOINTS, steps, number_of_steps,    \
                                          latents, frames);                                                    \
    }

/* The kernel knows the two lengths that flows are trained for; the constant frames unroll the loops. */
SCORES(score_16, 16)
SCORES(score_24, 24)
