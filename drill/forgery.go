package drill

// A Forgery is a way in which an intruder's token is not good.
type Forgery uint64

// The forgeries, as they are in Sample.ID. Those that are signed by the issuer are
// its own tokens, which are good for something else.
const (
	NoToken       Forgery = iota + 1
	BadSignature          // of a key of the intruder's, in the name of one of the issuer's
	UnknownKey            // of a key of the intruder's, in its own name
	AlgNone               // no signature at all, and the token says so
	AlgConfusion          // an HMAC with the issuer's public key as the secret
	Expired               // signed by the issuer, for a time that is over
	WrongAudience         // signed by the issuer, for somebody else
	numForgeries
)

var forgeryNames = [numForgeries]string{"", "no token", "forged signature", "unknown key", "algorithm none", "public key as secret", "expired", "other audience"}

func (f Forgery) String() string {
	if f > 0 && f < numForgeries {
		return forgeryNames[f]
	}
	return "invalid"
}

// Forgeries lists them all.
func Forgeries() []Forgery {
	var all []Forgery
	for f := NoToken; f < numForgeries; f++ {
		all = append(all, f)
	}
	return all
}
