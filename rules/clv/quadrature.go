package clv

// Half the sizes of the Gauss-Legendre rules: they are symmetric.
const (
	finePoints   = 8
	coarsePoints = 3
)

// fineRule returns the positive nodes and the weights of the 16-point
// Gauss-Legendre rule on [-1, 1].
func fineRule() [finePoints][2]float64 {
	return [finePoints][2]float64{
		{0.09501250983763744018, 0.18945061045506849628},
		{0.28160355077925891323, 0.18260341504492358886},
		{0.45801677765722738634, 0.16915651939500253818},
		{0.61787624440264374844, 0.14959598881657673208},
		{0.75540440835500303389, 0.12462897125553387205},
		{0.86563120238783174388, 0.09515851168249278480},
		{0.94457502307323257607, 0.06225352393864789286},
		{0.98940093499164993259, 0.02715245941175409485},
	}
}

// coarseRule returns those of the 6-point rule.
func coarseRule() [coarsePoints][2]float64 {
	return [coarsePoints][2]float64{
		{0.2386191860831969086, 0.4679139345726910474},
		{0.6612093864662645137, 0.3607615730481386076},
		{0.9324695142031520278, 0.1713244923791703450},
	}
}

// panel calls visit with the nodes of a rule between from and to and their weights.
func panel(rule [][2]float64, from, to float64, visit func(at, weight float64)) {
	half, middle := (to-from)/2, (from+to)/2
	for _, g := range rule {
		visit(middle-half*g[0], half*g[1])
		visit(middle+half*g[0], half*g[1])
	}
}
