"""Claims in the text language: true ones that the linear prover has to prove, and near misses that it must not."""

from __future__ import annotations

MODEL = "density p(x,z)\ndensity q(z|x)\n"
PAIR = "density p(x)\ndensity q(x)\n"
GAN = PAIR + "function D(x) in (0, 1)\nlet V = E_{p(x)}[log D(x)] + E_{q(x)}[log(1 - D(x))]\n"
ENERGY = "density p(x)\nmeasure g(x)\nlet Z = int_{x}[g(x)]\nlet e(x) = g(x)/Z\n"
IWAE = (
    MODEL
    + "let w(z) = p(x,z)/q(z|x)\n"
    + "let L1 = E_{q(z|x)}[log w(z)]\n"
    + "let L2 = E_{z_1, z_2 ~ q(z|x)}[log mean_{i=1..2}[w(z_i)]]\n"
    + "let L3 = E_{z_1..z_3 ~ q(z|x)}[log mean_{i=1..3}[w(z_i)]]\n"
    + "let L4 = E_{z_1..z_4 ~ q(z|x)}[log mean_{i=1..4}[w(z_i)]]\n"
)
CHAIN = "density p(x, y, z)\n"
FOUR = "density p(w, x, y, z)\ndensity q(w, x, y, z)\n"
MARKOV = "density p(x, y, z) = p(x) p(y|x) p(z|y)\n"
MOMENTS = "density p(x)\nfunction S(x)\nfunction T(x)\n"
RANGE = "density p(x)\nfunction T(x) in [0, 1]\n"
MIX = PAIR + "let m(x) = 0.5*p(x) + 0.5*q(x)\n"

#: Each is proved, at least as one step; the kernel checks every certificate again.
TRUE: dict[str, str] = {
    # equalities
    "evidence is ELBO plus gap": MODEL + "log p(x) = E_{q(z|x)}[log p(x,z) - log q(z|x)] + KL(q(z|x) || p(z|x))",
    "ELBO by reconstruction": MODEL
    + "E_{q(z|x)}[log p(x,z) - log q(z|x)] = E_{q(z|x)}[log p(x|z)] - KL(q(z|x) || p(z))",
    "ELBO by energy and entropy": MODEL + "E_{q(z|x)}[log(p(x,z)/q(z|x))] = E_{q(z|x)}[log p(x,z)] + H(q(z|x))",
    "cross-entropy": PAIR + "CE(p(x) || q(x)) = H(p(x)) + KL(p(x) || q(x))",
    "KL as an integral": PAIR + "KL(p(x) || q(x)) = int_{x}[p(x)*log(p(x)/q(x))]",
    "entropy chain rule": "density p(x,z)\nH(p(x,z)) = H(p(x)) + E_{p(x)}[H(p(z|x))]",
    "KL chain rule": "density p(x,z)\ndensity q(x,z)\n"
    + "KL(p(x,z) || q(x,z)) = KL(p(x) || q(x)) + E_{p(x)}[KL(p(z|x) || q(z|x))]",
    "Bayes' rule": "density p(x,z)\np(z|x) = p(x|z)*p(z)/p(x)",
    "marginal by total probability": "density p(x,z)\np(x) = E_{p(z)}[p(x|z)]",
    "importance weights have mean p(x)": MODEL + "E_{q(z|x)}[p(x,z)/q(z|x)] = p(x)",
    "mutual information, two ways": "density p(x,z)\n" + "KL(p(x,z) || p(x) p(z)) = H(p(x)) - E_{p(z)}[H(p(x|z))]",
    "JSD as mixture KL": MIX + "JSD(p(x) || q(x)) = 0.5*KL(p(x) || m(x)) + 0.5*KL(q(x) || m(x))",
    "optimal discriminator": PAIR
    + "let D(x) = p(x)/(p(x) + q(x))\n"
    + "E_{p(x)}[log D(x)] + E_{q(x)}[log(1 - D(x))] = 2*JSD(p(x) || q(x)) - log 4",
    "energy model": ENERGY + "KL(p(x) || e(x)) = log(Z) - H(p(x)) - E_{p(x)}[log g(x)]",
    "aggregated posterior": "density d(x)\ndensity q(z|x)\ndensity p(z)\nlet a(z) = int_{x}[d(x)*q(z|x)]\n"
    + "E_{d(x)}[KL(q(z|x) || p(z))] = KL(d(x) q(z|x) || d(x) a(z)) + KL(a(z) || p(z))",
    "IWAE of one sample is the ELBO": IWAE + "L1 = E_{q(z|x)}[log p(x,z) - log q(z|x)]",
    "bits": PAIR + "E_{p(x)}[log2 p(x)]*log(2) = E_{p(x)}[log p(x)]",
    "independent copies": PAIR + "function T(x)\nE_{x_1, x_2 ~ p(x)}[T(x_1)*T(x_2)] = E_{p(x)}[T(x)]^2",
    "variance": "density p(x)\nfunction T(x)\n"
    + "E_{p(x)}[(T(x) - E_{p(x)}[T(x)])^2] = E_{p(x)}[T(x)^2] - E_{p(x)}[T(x)]^2",
    "self-normalised weights": PAIR + "function T(x)\nE_{p(x)}[T(x)] = E_{q(x)}[T(x)*p(x)/q(x)]/E_{q(x)}[p(x)/q(x)]",
    "KL between normals is nobody's secret": "KL(Normal(0,1) || Normal(0,1)) = 0",
    # inequalities
    "ELBO": MODEL + "log p(x) >= E_{q(z|x)}[log p(x,z) - log q(z|x)]",
    "KL is non-negative": PAIR + "KL(p(x) || q(x)) >= 0",
    "average KL is non-negative": MODEL + "E_{p(x)}[KL(q(z|x) || p(z|x))] >= 0",
    "IWAE, two samples": IWAE + "L2 <= log p(x)",
    "IWAE, four samples": IWAE + "L4 <= log p(x)",
    "IWAE rises, 1 to 2": IWAE + "L1 <= L2",
    "IWAE rises, 2 to 3": IWAE + "L2 <= L3",
    "IWAE rises, 3 to 4": IWAE + "L3 <= L4",
    "V(D) below V(D*)": GAN + "V <= 2*JSD(p(x) || q(x)) - log 4",
    "JSD below log 2": PAIR + "JSD(p(x) || q(x)) <= log 2",
    "JSD is non-negative": PAIR + "JSD(p(x) || q(x)) >= 0",
    "conditioning reduces entropy": "density p(x,z)\nE_{p(z)}[H(p(x|z))] <= H(p(x))",
    "subadditivity": "density p(x,z)\nH(p(x,z)) <= H(p(x)) + H(p(z))",
    "strong subadditivity": CHAIN + "H(p(x,y,z)) + H(p(z)) <= H(p(x,z)) + H(p(y,z))",
    "marginals are closer": "density p(x,z)\ndensity q(x,z)\nKL(p(x) || q(x)) <= KL(p(x,z) || q(x,z))",
    "Donsker-Varadhan": PAIR + "function T(x)\nE_{p(x)}[T(x)] - log(E_{q(x)}[exp(T(x))]) <= KL(p(x) || q(x))",
    "NWJ": PAIR + "function T(x)\nE_{p(x)}[T(x)] - E_{q(x)}[exp(T(x) - 1)] <= KL(p(x) || q(x))",
    "Barber-Agakov": "density p(x,z)\ndensity q(z|x)\n" + "KL(p(x,z) || p(x) p(z)) >= H(p(z)) + E_{p(x,z)}[log q(z|x)]",
    "Gibbs for an energy model": ENERGY + "E_{p(x)}[log g(x)] + H(p(x)) <= log(Z)",
    "Jensen": "density p(x)\nfunction w(x) > 0\nE_{p(x)}[log w(x)] <= log(E_{p(x)}[w(x)])",
    "KL is convex": MIX + "density r(x)\nKL(m(x) || r(x)) <= 0.5*KL(p(x) || r(x)) + 0.5*KL(q(x) || r(x))",
    "entropy is concave": MIX + "H(m(x)) >= 0.5*H(p(x)) + 0.5*H(q(x))",
    "discrete entropy": "discrete x\ndensity p(x)\nH(p(x)) >= 0",
    "discrete conditional entropy": "discrete z\ndensity p(x,z)\nE_{p(x)}[H(p(z|x))] >= 0",
    "information below discrete entropy": "discrete z\ndensity p(x,z)\nKL(p(x,z) || p(x) p(z)) <= H(p(z))",
    "log below its tangent": "positive a\nlog a <= a - 1",
    "second moment": "density p(x)\nfunction T(x)\nE_{p(x)}[T(x)^2] >= E_{p(x)}[T(x)]^2",
    "KL below chi-square": PAIR + "KL(p(x) || q(x)) <= log(1 + chi2(p(x) || q(x)))",
    "Pinsker": PAIR + "TV(p(x) || q(x)) <= sqrt(KL(p(x) || q(x))/2)",
    "Hellinger": PAIR + "H2(p(x) || q(x)) <= TV(p(x) || q(x))",
    "a root is concave": "density p(x)\nmeasure g(x)\nE_{p(x)}[sqrt(g(x))] <= sqrt(E_{p(x)}[g(x)])",
    "shifted KL is positive": PAIR + "KL(p(x) || q(x)) + 0.001 > 0",
    "ELBO with a Gaussian prior": "density q(z|x)\ndensity k(x|z)\n"
    + "log(E_{Normal(z; 0, 1)}[k(x|z)]) >= E_{q(z|x)}[log k(x|z)] - KL(q(z|x) || Normal(z; 0, 1))",
    # structure
    "a chain forgets": MARKOV + "p(z|x,y) = p(z|y)",
    "a chain forgets backwards": MARKOV + "p(x|y,z) = p(x|y)",
    "no information past the present": MARKOV + "I_p(x; z | y) = 0",
    "data processing": MARKOV + "I_p(x; z) <= I_p(x; y)",
    "a collider's causes": "density p(x, y, z) = p(x) p(y) p(z|x, y)\nI_p(x; y) = 0",
    # squares and absolute values
    "best constant": MOMENTS + "real c\nVar_{p(x)}[T(x)] <= E_{p(x)}[(T(x) - c)^2]",
    "Popoviciu": RANGE + "Var_{p(x)}[T(x)] <= 1/4",
    "Cauchy-Schwarz": MOMENTS + "abs(E_{p(x)}[S(x)*T(x)]) <= sqrt(E_{p(x)}[S(x)^2]*E_{p(x)}[T(x)^2])",
    "correlations": MOMENTS + "abs(Cov_{p(x)}[S(x), T(x)]) <= sqrt(Var_{p(x)}[S(x)])*sqrt(Var_{p(x)}[T(x)])",
    "mean absolute value": MOMENTS + "abs(E_{p(x)}[T(x)]) <= E_{p(x)}[abs(T(x))]",
    "explained variance": "density p(x, y)\nfunction T(x, y)\n"
    + "Var_{p(x,y)}[T(x,y)] >= Var_{p(y)}[E_{p(x|y)}[T(x,y)]]",
    "triangle": "real a\nreal b\nabs(a + b) <= abs(a) + abs(b)",
    "arithmetic and geometric mean": "real a\nreal b\na*b <= (a^2 + b^2)/2",
    "min and max": "real a\nreal b\nmin(a, b) + max(a, b) = a + b",
    "a mean between": "real a\nreal b\n(a + b)/2 <= max(a, b)",
    # distances
    "overlap": PAIR + "1 - TV(p(x) || q(x)) = int_{x}[min(p(x), q(x))]",
    "TV triangle": PAIR + "density r(x)\nTV(p(x) || q(x)) <= TV(p(x) || r(x)) + TV(r(x) || q(x))",
    "TV data processing": "density p(x, y)\ndensity q(x, y)\nTV(p(x) || q(x)) <= TV(p(x,y) || q(x,y))",
    "TV of tests": RANGE + "density q(x)\n" + "abs(E_{p(x)}[T(x)] - E_{q(x)}[T(x)]) <= TV(p(x) || q(x))",
    "chi-square of tests": MOMENTS
    + "density q(x)\n"
    + "(E_{p(x)}[T(x)] - E_{q(x)}[T(x)])^2 <= chi2(p(x) || q(x))*Var_{q(x)}[T(x)]",
    "TV below chi-square": PAIR + "TV(p(x) || q(x)) <= 1/2*sqrt(chi2(p(x) || q(x)))",
    "Bretagnolle-Huber": PAIR + "TV(p(x) || q(x)) <= sqrt(1 - exp(-KL(p(x) || q(x))))",
    "chi-square above the exponential": PAIR + "chi2(p(x) || q(x)) >= exp(KL(p(x) || q(x))) - 1",
    "Renyi rises": PAIR + "renyi_{1/2}(p(x) || q(x)) <= renyi_{3}(p(x) || q(x))",
    "Renyi below KL": PAIR + "real a in (0, 1)\nrenyi_{a}(p(x) || q(x)) <= KL(p(x) || q(x))",
    "Renyi above KL": PAIR + "real a > 1\nrenyi_{a}(p(x) || q(x)) >= KL(p(x) || q(x))",
    "Cauchy-Schwarz for a sum": MOMENTS
    + "real c\nE_{p(x)}[(T(x) + c)*S(x)]^2 <= E_{p(x)}[(T(x) + c)^2]*E_{p(x)}[S(x)^2]",
    "Cauchy-Schwarz for log ratios": MOMENTS
    + "density q(x)\nE_{p(x)}[(log p(x) - log q(x))*S(x)]^2"
    + " <= E_{p(x)}[(log p(x) - log q(x))^2]*E_{p(x)}[S(x)^2]",
    "Cauchy-Schwarz for three factors": MOMENTS
    + "E_{p(x)}[T(x)*S(x)*S(x)]^2 <= E_{p(x)}[(T(x)*S(x))^2]*E_{p(x)}[S(x)^2]",
    "log p(z) cancels": FOUR + "0 <= I_p(y; x|z) + E_{p(z)}[KL(p(w|z) || q(w|z))]",
    "log p(y) and log p(z) cancel": FOUR
    + "0 <= I_p(w; x|z) + E_{p(z)}[KL(p(y|z) || q(y|z))] + I_p(w; x|y) + E_{p(y)}[KL(p(z|y) || q(z|y))]",
    "log of a mixture": PAIR + "log(1/4*p(x) + 3/4*q(x)) >= 1/4*log p(x) + 3/4*log q(x)",
    "log of a mixture, lam": PAIR
    + "real lam in (0, 1)\nlog(lam*p(x) + (1 - lam)*q(x)) >= lam*log p(x) + (1 - lam)*log q(x)",
    "KL to a mixture": PAIR
    + "real lam in (0, 1)\nlet m(x) = lam*p(x) + (1 - lam)*q(x)\n"
    + "KL(p(x) || m(x)) <= (1 - lam)*KL(p(x) || q(x))",
    "KL to a mixture, and more than it takes": PAIR
    + "real lam in (0, 1)\nKL(p(x) || (lam*p(x) + (1 - lam)*q(x))) <= KL(p(x) || q(x))",
    "KL of a mixture": PAIR
    + "density r(x)\nreal lam in (0, 1)\nlet m(x) = lam*p(x) + (1 - lam)*q(x)\n"
    + "KL(m(x) || r(x)) <= lam*KL(p(x) || r(x)) + (1 - lam)*KL(q(x) || r(x))",
    "Fenchel-Young at a constant": MOMENTS + "convex f\nreal c\n" + "E_{p(x)}[f(T(x))] + conj_f(c) >= c*E_{p(x)}[T(x)]",
    "KL of what may vanish": "density v(x) >= 0\ndensity p(x)\nKL(v(x) || p(x)) >= 0",
    "JSD of what may vanish": "density v(x) >= 0\ndensity w(x) >= 0\nJSD(v(x) || w(x)) <= log(2)",
    "KL, squared": PAIR + "KL(p(x) || q(x))^2 >= 0",
}

#: Each is false on some model; none may be proved.
FALSE: dict[str, str] = {
    "KL is symmetric": PAIR + "KL(p(x) || q(x)) = KL(q(x) || p(x))",
    "KL below its reverse": PAIR + "KL(p(x) || q(x)) <= KL(q(x) || p(x))",
    "gap with the wrong sign": MODEL + "log p(x) = E_{q(z|x)}[log p(x,z) - log q(z|x)] - KL(q(z|x) || p(z|x))",
    "gap the wrong way round": MODEL + "log p(x) = E_{q(z|x)}[log p(x,z) - log q(z|x)] + KL(p(z|x) || q(z|x))",
    "gap to the prior": MODEL + "log p(x) = E_{q(z|x)}[log p(x,z) - log q(z|x)] + KL(q(z|x) || p(z))",
    "ELBO above": MODEL + "log p(x) <= E_{q(z|x)}[log p(x,z) - log q(z|x)]",
    "ELBO strictly": MODEL + "log p(x) > E_{q(z|x)}[log p(x,z) - log q(z|x)]",
    "ELBO without entropy": MODEL + "log p(x) >= E_{q(z|x)}[log p(x,z)]",
    "ELBO with KL added": MODEL + "E_{q(z|x)}[log p(x,z) - log q(z|x)] = E_{q(z|x)}[log p(x|z)] + KL(q(z|x) || p(z))",
    "reconstruction bounds evidence": MODEL + "log p(x) >= E_{q(z|x)}[log p(x|z)]",
    "entropy is non-negative": "density p(x)\nH(p(x)) >= 0",
    "log densities are non-positive": "density p(x)\nlog p(x) <= 0",
    "half discrete entropy": "discrete z\ndensity p(x,z)\nH(p(x,z)) >= 0",
    "entropy chain rule, added": "density p(x,z)\nH(p(x,z)) = H(p(x)) + H(p(z))",
    "superadditivity": "density p(x,z)\nH(p(x,z)) >= H(p(x)) + H(p(z))",
    "conditioning at every point": "density p(x,z)\nH(p(x|z)) <= H(p(x))",
    "subadditivity, conditioned wrongly": CHAIN + "H(p(x,y,z)) + H(p(z)) >= H(p(x,z)) + H(p(y,z))",
    "marginals are farther": "density p(x,z)\ndensity q(x,z)\nKL(p(x) || q(x)) >= KL(p(x,z) || q(x,z))",
    "IWAE without its mean": IWAE + "E_{z_1, z_2 ~ q(z|x)}[log sum_{i=1..2}[w(z_i)]] <= log p(x)",
    "IWAE falls": IWAE + "L1 >= L2",
    "IWAE with one sample used twice": IWAE + "E_{z_1, z_2 ~ q(z|x)}[log((w(z_1) + w(z_1))/2)] >= L2",
    "IWAE strictly rises": IWAE + "L1 < L2",
    "V(D) above V(D*)": GAN + "V >= 2*JSD(p(x) || q(x)) - log 4",
    "V(D) with log 3": GAN + "V <= 2*JSD(p(x) || q(x)) - log 3 - 0.3",
    "V(D) with one JSD": GAN + "V <= JSD(p(x) || q(x)) - log 4",
    "V(D) strictly": GAN + "V < 2*JSD(p(x) || q(x)) - log 4",
    "JSD below an eighth": PAIR + "JSD(p(x) || q(x)) <= 0.125*KL(p(x) || q(x))",
    "JSD below 0.69": PAIR + "JSD(p(x) || q(x)) <= 0.69",
    "JSD strictly positive": PAIR + "JSD(p(x) || q(x)) > 0",
    "KL is concave": MIX + "density r(x)\nKL(m(x) || r(x)) >= 0.5*KL(p(x) || r(x)) + 0.5*KL(q(x) || r(x))",
    "entropy is convex": MIX + "H(m(x)) <= 0.5*H(p(x)) + 0.5*H(q(x))",
    "Donsker-Varadhan without its log": PAIR
    + "function T(x)\nE_{p(x)}[T(x)] - E_{q(x)}[exp(T(x))] + 1.001 <= KL(p(x) || q(x))",
    "Donsker-Varadhan above": PAIR + "function T(x)\nE_{p(x)}[T(x)] - log(E_{q(x)}[exp(T(x))]) >= KL(p(x) || q(x))",
    "NWJ without the shift": PAIR + "function T(x)\nE_{p(x)}[T(x)] - E_{q(x)}[exp(T(x))] + 1.1 <= KL(p(x) || q(x))",
    "Gibbs without its normaliser": ENERGY + "E_{p(x)}[log g(x)] + H(p(x)) <= 0",
    "Gibbs with Z for log Z": ENERGY + "E_{p(x)}[log g(x)] + H(p(x)) <= Z - 1.001",
    "energy model, Z for log Z": ENERGY + "KL(p(x) || e(x)) = Z - H(p(x)) - E_{p(x)}[log g(x)]",
    "Jensen reversed": "density p(x)\nfunction w(x) > 0\nE_{p(x)}[log w(x)] >= log(E_{p(x)}[w(x)])",
    "copies are one": "density p(x)\nfunction T(x)\nE_{x_1, x_2 ~ p(x)}[T(x_1)*T(x_2)] = E_{p(x)}[T(x)^2]",
    "Barber-Agakov without the entropy": "density p(x,z)\ndensity q(z|x)\n"
    + "KL(p(x,z) || p(x) p(z)) >= E_{p(x,z)}[log q(z|x)]",
    "an average for a point": MODEL + "KL(q(z|x) || p(z|x)) = E_{p(x)}[KL(q(z|x) || p(z|x))]",
    "log below a lower line": "positive a\nlog a <= a - 1.01",
    "bits for nats": PAIR + "E_{p(x)}[log2 p(x)] = E_{p(x)}[log p(x)]",
    "a mean under a law that may vanish": "density p(x)\nfunction C(x) in [0, 1]\nlet Z = int_{x}[p(x)*C(x)]\n"
    + "let r(x) = p(x)*C(x)/Z\nE_{r(x)}[1/C(x)] = 1/Z",
    "importance sampling without support": "density v(x) >= 0\ndensity q(x)\nE_{v(x)}[q(x)/v(x)] = 1",
    "a power of a negative number": "density p(x)\nfunction T(x)\ninteger n >= 1\nE_{p(x)}[T(x)^n] >= 0",
    "1/log at zero": "real a in [0, 1]\nlog(a)*(1/log(a)) = 1",
    "exp(-log) at zero": "real a in [0, 1]\nexp(log(a))*exp(-log(a)) = 1",
    "KL above chi-square": PAIR + "KL(p(x) || q(x)) >= log(1 + chi2(p(x) || q(x)))",
    "Pinsker, twice as strong": PAIR + "TV(p(x) || q(x)) <= sqrt(KL(p(x) || q(x))/4)",
    "Hellinger without its square": PAIR + "sqrt(H2(p(x) || q(x))) <= TV(p(x) || q(x))",
    "a root is convex": "density p(x)\nmeasure g(x)\nE_{p(x)}[sqrt(g(x))] >= sqrt(E_{p(x)}[g(x)])",
    "variance is negative": "density p(x)\nfunction T(x)\nE_{p(x)}[T(x)^2] <= E_{p(x)}[T(x)]^2",
    "mass of the base measure": "int_{x}[1] >= 1",
    "a chain that skips": MARKOV + "p(z|x) = p(z|y)",
    "the ends of a chain": MARKOV + "I_p(x; z) = 0",
    "data processing backwards": MARKOV + "I_p(x; z) >= I_p(x; y)",
    "a collider explains away": "density p(x, y, z) = p(x) p(y) p(z|x, y)\nI_p(x; y | z) = 0",
    "worst constant": MOMENTS + "real c\nVar_{p(x)}[T(x)] >= E_{p(x)}[(T(x) - c)^2]",
    "Popoviciu, too strong": RANGE + "Var_{p(x)}[T(x)] <= 1/5",
    "Cauchy-Schwarz without a square": MOMENTS + "abs(E_{p(x)}[S(x)*T(x)]) <= sqrt(E_{p(x)}[S(x)^2])",
    "correlations, halved": MOMENTS
    + "abs(Cov_{p(x)}[S(x), T(x)]) <= 1/2*sqrt(Var_{p(x)}[S(x)])*sqrt(Var_{p(x)}[T(x)])",
    "mean absolute value reversed": MOMENTS + "abs(E_{p(x)}[T(x)]) >= E_{p(x)}[abs(T(x))]",
    "triangle reversed": "real a\nreal b\nabs(a + b) >= abs(a) + abs(b)",
    "arithmetic and geometric mean, too strong": "real a\nreal b\na*b <= (a^2 + b^2)/3",
    "min for max": "real a\nreal b\nmin(a, b) >= (a + b)/2",
    "absolute values are linear": "real a\nreal b\nabs(a - b) = abs(a) - abs(b)",
    "overlap of maxima": PAIR + "1 - TV(p(x) || q(x)) = int_{x}[max(p(x), q(x))]",
    "TV backwards": "density p(x, y)\ndensity q(x, y)\nTV(p(x) || q(x)) >= TV(p(x,y) || q(x,y))",
    "TV of tests, halved": RANGE + "density q(x)\n" + "abs(E_{p(x)}[T(x)] - E_{q(x)}[T(x)]) <= 1/2*TV(p(x) || q(x))",
    "TV below chi-square, too strong": PAIR + "TV(p(x) || q(x)) <= 1/3*sqrt(chi2(p(x) || q(x)))",
    "chi-square below the exponential": PAIR + "chi2(p(x) || q(x)) <= exp(KL(p(x) || q(x))) - 1",
    "Cauchy-Schwarz for a sum, one square too few": MOMENTS
    + "real c\nE_{p(x)}[(T(x) + c)*S(x)]^2 <= E_{p(x)}[T(x)^2]*E_{p(x)}[S(x)^2]",
    "log p(z) cancels, information too often": FOUR + "I_p(y; x|z) <= E_{p(z)}[KL(p(w|z) || q(w|z))]",
    "log p(z) cancels, against the wrong conditional": FOUR
    + "0 <= I_p(y; x|z) + E_{p(z)}[CE(p(w|z) || q(w|z))] - E_{q(z)}[H(p(w|z))]",
    "log of a mixture reversed": PAIR + "log(1/4*p(x) + 3/4*q(x)) <= 1/4*log p(x) + 3/4*log q(x)",
    "log of a mixture, weights exchanged": PAIR + "log(1/4*p(x) + 3/4*q(x)) >= 3/4*log p(x) + 1/4*log q(x)",
    "KL to a mixture, too strong": PAIR + "let m(x) = p(x)/4 + 3*q(x)/4\nKL(p(x) || m(x)) <= 1/4*KL(p(x) || q(x))",
    "KL to a mixture, too strong for lam below a half": PAIR
    + "real lam in (0, 1)\nKL(p(x) || (lam*p(x) + (1 - lam)*q(x))) <= lam*KL(p(x) || q(x))",
    "Fenchel-Young reversed": MOMENTS + "convex f\nreal c\nE_{p(x)}[f(T(x))] + conj_f(c) <= c*E_{p(x)}[T(x)]",
    "weights where a law vanishes": "density v(x) >= 0\ndensity p(x)\nE_{v(x)}[exp(log p(x) - log v(x))] = 1",
    "Renyi falls": PAIR + "renyi_{1/2}(p(x) || q(x)) >= renyi_{3}(p(x) || q(x))",
    "Renyi above KL below one": PAIR + "real a in (0, 1)\nrenyi_{a}(p(x) || q(x)) >= KL(p(x) || q(x))",
}
