// Writing messages.

// Sends a message, or files it as a draft. Done when the copy of it was filed too.
async function compose(mode, { to, subject, body }) {
  const { defaultIdentity: identity, key } = MailServices.accounts.defaultAccount;
  const fields = Cc["@mozilla.org/messengercompose/composefields;1"].createInstance(Ci.nsIMsgCompFields);
  fields.from = identity.email;
  fields.to = to;
  fields.subject = subject;
  const send = Cc["@mozilla.org/messengercompose/send;1"].createInstance(Ci.nsIMsgSend);
  await new Promise((resolve, reject) => {
    const sent = (id, status) => settled("sending", status, () => {}, reject);
    const listener = {
      QueryInterface: ChromeUtils.generateQI(["nsIMsgSendListener", "nsIMsgCopyServiceListener"]),
      onStartSending() {},
      onSendProgress() {},
      onStatus() {},
      onGetDraftFolderURI() {},
      onSendNotPerformed: sent,
      onStopSending: sent,
      onTransportSecurityError: sent,
      onStartCopy() {},
      onProgress() {},
      setMessageKey() {},
      getMessageId: () => null,
      // The last that it says.
      onStopCopy: status => settled("filing the copy", status, resolve, reject),
    };
    send.createAndSendMessage(
      null, identity, key, fields, false, false, mode, null, "text/plain", body, mainWindow(), null, listener, "", null,
      Ci.nsIMsgCompType.New);
  });
}

const sendMessage = message => compose(Ci.nsIMsgCompDeliverMode.Now, message);

const saveDraft = message => compose(Ci.nsIMsgCompDeliverMode.SaveAsDraft, message);
