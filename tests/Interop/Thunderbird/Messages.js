// Reading and handling messages in the main window, with the commands that its menus and keys give.

const folderPane = () => mainWindow().document.getElementById("tabmail").currentAbout3Pane;

const isOpen = message => folderPane().gDBView?.numSelected === 1 && folderPane().gDBView.hdrForFirstSelectedMessage === message;

// The next message that the message pane has shown.
const nextShown = () => new Promise(resolve => mainWindow().addEventListener("MsgLoaded", resolve, { once: true }));

// Opens a folder, selects a message in it as soon as it is there, and waits until it is shown and, by that, read.
async function openMessage(folderName, subject) {
  const folder = await folderAt(folderName);
  const message = await messageIn(folder, subject);
  if (!isOpen(message)) {
    folderPane().displayFolder(folder.URI);
    const shown = nextShown();
    folderPane().selectMessage(message);
    await shown;
  }
  await when(() => message.isRead);
  return message;
}

const press = command => folderPane().commandController.doCommand(command);

async function readMessage(folderName, subject) {
  await openMessage(folderName, subject);
  const pane = folderPane().messageBrowser.contentWindow;
  const attachments = [];
  for (const each of pane.currentAttachments)
    attachments.push({ name: each.name, type: each.contentType, content: new Uint8Array(await each.fetchAttachment()).toBase64() });
  return { text: pane.getMessagePaneBrowser().contentDocument.body.textContent, attachments };
}

async function markUnread(folderName, subject) {
  const message = await openMessage(folderName, subject);
  press("cmd_markAsUnread");
  await when(() => !message.isRead);
}

async function flagMessage(folderName, subject) {
  const message = await openMessage(folderName, subject);
  press("cmd_markAsFlagged");
  await when(() => message.isFlagged);
}

// Done when Thunderbird shows one of the messages that are left, as it does unasked.
async function deleteMessage(folderName, subject) {
  const { messageKey: key } = await openMessage(folderName, subject);
  const other = nextShown();
  press("cmd_delete");
  const folder = await folderAt(folderName);
  await when(() => messagesIn(folder).every(each => each.messageKey !== key));
  await other;
}

async function copyMessage(folderName, subject, targetName) {
  const folder = await folderAt(folderName);
  const message = await messageIn(folder, subject);
  const target = await folderAt(targetName);
  await new Promise((resolve, reject) => {
    const listener = {
      QueryInterface: ChromeUtils.generateQI(["nsIMsgCopyServiceListener"]),
      onStartCopy() {},
      onProgress() {},
      setMessageKey() {},
      getMessageId: () => null,
      onStopCopy: status => settled("the copy", status, resolve, reject),
    };
    MailServices.copy.copyMessages(folder, [message], target, false, listener, mainWindow().msgWindow, false);
  });
}
