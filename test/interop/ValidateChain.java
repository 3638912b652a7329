import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.CertPath;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateRevokedException;
import java.security.cert.Extension;
import java.security.cert.PKIXParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.PKIXRevocationChecker.Option;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CRL;
import java.security.cert.X509CRLEntry;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * What Java thinks, a line for each argument, tab-separated: verdict, reason and date of a revocation, subject, message.
 *
 * crl=leaf,issuing,root          a client's chain; each revocation by the CRL named in the certificate, and nothing else
 * ocsp=leaf,issuing,root         the client's by OCSP and nothing else, without a nonce; the CA's by its CRL
 * ocsp-nonce=leaf,issuing,root   with a nonce, which must come back: the longest there may be, so that Java asks by POST
 * ocsp-at=leaf,issuing,root,url  asking somebody else, with a nonce
 * list=crl,issuing               a CRL's signature; for the verdict: how many entries it has, and how many aren't positive
 *
 * Revocation fails hard: whatever can't be found out is a refusal.
 */
public class ValidateChain {
  private static final CertificateFactory X509;
  private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);

  static {
    try {
      X509 = CertificateFactory.getInstance("X.509");
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  public static void main(String[] args) throws Exception {
    for (String arg : args) {
      String[] parts = arg.split("=", 2);
      String[] files = parts[1].split(",");
      OUT.println(parts[0].equals("list") ? list(files) : verdict(parts[0], files));
    }
  }

  private static String verdict(String how, String[] files) throws Exception {
    X509Certificate leaf = certificate(files[0]);
    X509Certificate issuing = certificate(files[1]);
    X509Certificate root = certificate(files[2]);
    String subject = leaf.getSubjectX500Principal().getName("RFC2253");
    try {
      if (how.equals("crl")) {
        validate(List.of(leaf, issuing), root, EnumSet.of(Option.PREFER_CRLS, Option.NO_FALLBACK), null, null);
      } else {
        validate(List.of(issuing), root, EnumSet.of(Option.PREFER_CRLS, Option.NO_FALLBACK), null, null);
        URI elsewhere = how.equals("ocsp-at") ? URI.create(files[3]) : null;
        Extension nonce = how.equals("ocsp") ? null : new Nonce();
        validate(List.of(leaf, issuing), root, EnumSet.of(Option.ONLY_END_ENTITY, Option.NO_FALLBACK), nonce, elsewhere);
      }
      return String.join("\t", "OK", "", "", subject, "");
    } catch (CertPathValidatorException refusal) {
      String reason = "";
      String date = "";
      if (refusal.getCause() instanceof CertificateRevokedException revoked) {
        reason = revoked.getRevocationReason().toString();
        date = revoked.getRevocationDate().toInstant().toString();
      }
      return String.join("\t", refusal.getReason().toString(), reason, date, subject, refusal.getMessage());
    }
  }

  private static void validate(List<X509Certificate> chain, X509Certificate root, EnumSet<Option> options, Extension nonce, URI elsewhere) throws Exception {
    CertPathValidator validator = CertPathValidator.getInstance("PKIX");
    PKIXRevocationChecker checker = (PKIXRevocationChecker) validator.getRevocationChecker();
    checker.setOptions(options); // without SOFT_FAIL
    if (nonce != null) checker.setOcspExtensions(List.of(nonce));
    if (elsewhere != null) checker.setOcspResponder(elsewhere);

    PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(root, null)));
    parameters.addCertPathChecker(checker);
    X509CertSelector client = new X509CertSelector();
    client.setExtendedKeyUsage(Set.of("1.3.6.1.5.5.7.3.2"));
    if (chain.size() > 1) client.setKeyUsage(new boolean[] {true}); // digitalSignature
    parameters.setTargetCertConstraints(client);
    CertPath path = X509.generateCertPath(chain);
    validator.validate(path, parameters);
  }

  private static String list(String[] files) throws Exception {
    X509CRL crl = (X509CRL) X509.generateCRL(new ByteArrayInputStream(Files.readAllBytes(Path.of(files[0]))));
    crl.verify(certificate(files[1]).getPublicKey());
    Set<? extends X509CRLEntry> entries = crl.getRevokedCertificates();
    int count = entries == null ? 0 : entries.size();
    long wrong = entries == null ? 0 : entries.stream().filter(entry -> entry.getSerialNumber().signum() <= 0).count();
    return String.join("\t", count + " " + wrong, "", "", crl.getIssuerX500Principal().getName("RFC2253"), "");
  }

  private static X509Certificate certificate(String file) throws Exception {
    return (X509Certificate) X509.generateCertificate(new ByteArrayInputStream(Files.readAllBytes(Path.of(file))));
  }

  /** Of 128 octets (RFC 9654 §2.1). */
  private static class Nonce implements Extension {
    private final byte[] value; // an OCTET STRING within the extension's own

    Nonce() {
      byte[] random = new byte[128];
      new SecureRandom().nextBytes(random);
      value = der(0x04, random);
    }

    @Override
    public String getId() {
      return "1.3.6.1.5.5.7.48.1.2";
    }

    @Override
    public boolean isCritical() {
      return false;
    }

    @Override
    public byte[] getValue() {
      return value.clone();
    }

    @Override
    public void encode(OutputStream out) throws IOException {
      byte[] id = {0x06, 0x09, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x02};
      out.write(der(0x30, id, der(0x04, value)));
    }

    private static byte[] der(int tag, byte[]... parts) {
      ByteArrayOutputStream content = new ByteArrayOutputStream();
      for (byte[] part : parts) content.writeBytes(part);
      ByteArrayOutputStream whole = new ByteArrayOutputStream();
      whole.write(tag);
      whole.write(0x81); // all here are of 128 to 255 octets
      whole.write(content.size());
      whole.writeBytes(content.toByteArray());
      return whole.toByteArray();
    }
  }
}
