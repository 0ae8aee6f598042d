;;; autonav.el --- AutoNav, a fence around autonomous changes, for Eglot  -*- lexical-binding: t; -*-

;; Version: 0.1.0
;; Package-Requires: ((emacs "28.1") (eglot "1.9"))
;; SPDX-License-Identifier: Apache-2.0

;;; Commentary:

;; (require 'autonav), then M-x eglot in a buffer of the project.
;; Every command below works without a code action; README.md says what Eglot cannot show.

;;; Code:

(require 'eglot)
(require 'seq)
(require 'which-func)

(defgroup autonav nil "A fence around autonomous changes." :group 'tools)

(defcustom autonav-modes '(python-mode python-ts-mode)
  "Modes for which Eglot starts AutoNav; Eglot has one server for each buffer."
  :type '(repeat symbol))

(defcustom autonav-command '("autonav" "lsp")
  "The command that runs the server."
  :type '(repeat string))

(defvar autonav-status nil "The state of the task as the server last told it, a plist.")

(add-to-list 'eglot-server-programs (cons autonav-modes autonav-command))

(cl-defmethod eglot-handle-notification (_server (_method (eql autonav/status)) &rest status)
  "Keep STATUS for the mode line."
  (setq autonav-status status)
  (force-mode-line-update t))

(defun autonav-mode-line ()
  "Return the task and what lies outside of it, for the mode line."
  (let ((task (plist-get autonav-status :task)) (outside (plist-get autonav-status :outside)))
    (cond ((plist-get autonav-status :paused_until) " AutoNav paused")
          (task (format " AutoNav %s%s" task
                        (if (and outside (> outside 0)) (format ", %d outside" outside) "")))
          (t ""))))

(add-to-list 'mode-line-misc-info '(:eval (autonav-mode-line)) t)

(defun autonav--command (verb params)
  "Return the request that runs VERB with PARAMS, a plist."
  (list :command (concat "autonav." (string-replace " " "." verb)) :arguments (vector (or params eglot--{}))))

(defvar autonav--asked nil "The server that was asked last.")

(defun autonav--server ()
  "Return the server of this buffer; elsewhere, as where a diff is shown, the one that was asked last."
  (setq autonav--asked (or (eglot-current-server) autonav--asked (eglot--current-server-or-lose))))

(defun autonav-call (verb &optional params)
  "Run the operation VERB with PARAMS, a plist, and return its result, a plist."
  (let* ((server (autonav--server))
         (result (jsonrpc-request server :workspace/executeCommand (autonav--command verb params) :timeout 600)))
    (autonav--catch-up server)
    result))

(defun autonav--catch-up (server)
  "Handle what came from SERVER together with an answer; older versions of jsonrpc leave it until the next message."
  (let ((process (jsonrpc--process server)))
    (funcall (process-filter process) process "")))

(defun autonav--path ()
  "Return the absolute path of the file that this buffer visits."
  (or (buffer-file-name) (user-error "This buffer visits no file")))

(defun autonav--relative ()
  "Return the path of this file, relative to the root of the worktree."
  (file-relative-name (file-truename (autonav--path)) (file-truename (plist-get (autonav-call "status") :root))))

(defun autonav--list (things)
  "Return the texts THINGS, joined."
  (mapconcat #'identity things ", "))

;;;###autoload
(defun autonav-start (globs task)
  "Start TASK, which may touch GLOBS, a text with commas between them."
  (interactive "sFiles it may touch (globs): \nsWhat is to be done: ")
  (let ((result (autonav-call "start" (list :task task :edit (vconcat (split-string globs "," t " *"))))))
    (message "AutoNav: task %s: %d files in scope" (plist-get (plist-get result :contract) :slug)
             (plist-get result :files_in_scope))))

(defun autonav-finish ()
  "Finish the task."
  (interactive)
  (message "AutoNav: finished, %d outside" (length (plist-get (autonav-call "finish") :outside))))

(defun autonav-outside ()
  "List every finding in a compilation buffer, files that are not visited included."
  (interactive)
  (let ((result (autonav-call "check")))
    (with-current-buffer (get-buffer-create "*autonav*")
      (let ((inhibit-read-only t))
        (erase-buffer)
        (setq default-directory (file-name-as-directory (plist-get result :root)))
        (seq-doseq (each (plist-get result :findings))
          (insert (format "%s:%d: %s: %s %s\n" (plist-get each :path) (plist-get each :line)
                          (plist-get each :severity) (plist-get each :code) (plist-get each :message))))
        (when (zerop (buffer-size)) (insert "clean\n"))
        (compilation-mode)
        (goto-char (point-min)))
      (display-buffer (current-buffer)))))

(defun autonav-review (&optional all)
  "List the hunks left to read in a compilation buffer, in order; with a prefix argument ALL of them."
  (interactive "P")
  (let ((result (autonav-call "review" (unless all '(:unread t)))))
    (with-current-buffer (get-buffer-create "*autonav review*")
      (let ((inhibit-read-only t))
        (erase-buffer)
        (setq default-directory (file-name-as-directory (plist-get result :root)))
        (insert (format "%d of %d hunks reviewed\n" (plist-get result :reviewed) (plist-get result :hunks)))
        (seq-doseq (group (plist-get result :groups))
          (insert (format "\n%s\n" (plist-get group :title)))
          (seq-doseq (each (plist-get group :hunks))
            (insert (format "%s:%d: info: %s+%d -%d %s %s\n" (plist-get each :path) (plist-get each :line)
                            (if (eq (plist-get each :reviewed) t) "[x] " "") (plist-get each :added)
                            (plist-get each :removed) (mapconcat #'identity (plist-get each :codes) " ")
                            (plist-get each :why)))))
        (compilation-mode)
        (goto-char (point-min)))
      (display-buffer (current-buffer)))))

(defun autonav-review-mark (&optional remove)
  "Mark the hunk at point as reviewed; with a prefix argument REMOVE the mark."
  (interactive "P")
  (let* ((here (format "%s:%d" (autonav--path) (line-number-at-pos nil t)))
         (result (autonav-call "review mark" (append (list :hunks (vector here)) (when remove '(:remove t))))))
    (message "AutoNav: %d of %d hunks are reviewed" (plist-get result :reviewed) (plist-get result :hunks))))

(defun autonav-put-back (&optional all)
  "Put the file of this buffer back; with a prefix argument ALL that lies outside the task."
  (interactive "P")
  (let* ((params (if all '(:all t) (list :paths (vector (autonav--relative)))))
         (result (autonav-call "put-back" params)))
    (unless (or all (buffer-modified-p)) (revert-buffer t t))
    (message "AutoNav: put back: %s; M-x autonav-undo brings it again"
             (autonav--list (append (plist-get result :restored) (plist-get result :deleted) nil)))))

(defun autonav-allow (glob)
  "Allow GLOB for this task, by default the file of this buffer."
  (interactive (list (read-string "Allow: " (concat "/" (autonav--relative)))))
  (let ((result (autonav-call "scope add" (list :globs (vector glob)))))
    (message "AutoNav: may now edit %s"
             (autonav--list (append (plist-get (plist-get (plist-get result :contract) :scope) :edit) nil)))))

(defun autonav-why ()
  "Say which line decides on the file of this buffer."
  (interactive)
  (message "AutoNav: %s" (plist-get (autonav-call "why" (list :path (autonav--path))) :explanation)))

(defun autonav-pause (minutes)
  "Pause the task for MINUTES, 30 without a prefix argument."
  (interactive "P")
  (autonav-call "pause" (list :minutes (or minutes 30)))
  (message "AutoNav: paused"))

(defun autonav-resume ()
  "Make a paused task bind again."
  (interactive)
  (autonav-call "resume")
  (message "AutoNav: the task binds again"))

(defun autonav-trust ()
  "Let the server run this worktree's tests, in a sandbox."
  (interactive)
  (autonav-call "trust")
  (message "AutoNav: this worktree's tests may now run in a sandbox"))

(defun autonav-validate (&optional old)
  "Run the tests in a sandbox; with a prefix argument OLD those of the base on the new code."
  (interactive "P")
  (let ((result (autonav-call "validate" (when old '(:old_tests t)))))
    (message "AutoNav: %s" (plist-get result :verdict))))

(defun autonav-explore (test)
  "Find a fix for the failing TEST, named as its runner names it, and show the best diff."
  (interactive (list (read-string "Failing test: " (concat (autonav--relative) "::" (or (which-function) "")))))
  (let* ((result (autonav-call "explore" (list :test test)))
         (best (car (append (plist-get result :candidates) nil))))
    (when best (autonav-show (plist-get best :id)))
    (message "AutoNav: %s" (plist-get result :explanation))))

(defun autonav-show (candidate)
  "Open the diff of CANDIDATE, an id."
  (interactive "sCandidate: ")
  (find-file-other-window (plist-get (autonav-call "show" (list :candidate candidate)) :path)))

(defun autonav-apply (candidate)
  "Commit CANDIDATE, an id, on a branch of its own."
  (interactive "sCandidate: ")
  (message "AutoNav: %s; your files are as they were"
           (plist-get (autonav-call "apply" (list :candidate candidate)) :branch)))

(defun autonav-stop ()
  "End the searches that run, with what they have found."
  (interactive)
  (message "AutoNav: told to stop: %s" (autonav--list (plist-get (autonav-call "stop") :runs))))

(defun autonav-self-improve ()
  "Look for better settings in what was recorded, and open the evidence; nothing is applied."
  (interactive)
  (let ((found (autonav-call "self-improve")))
    (find-file-other-window (plist-get found :evidence))
    (message "AutoNav: %s" (plist-get found :explanation))))

(defun autonav-contract ()
  "Open the contract of the active task."
  (interactive)
  (let* ((status (autonav-call "status")) (slug (plist-get status :slug)))
    (unless slug (user-error "No task is active"))
    (find-file (expand-file-name (format ".autonav/tasks/%s.toml" slug) (plist-get status :root)))))

(defun autonav-undo ()
  "Undo the last write of AutoNav."
  (interactive)
  (message "AutoNav: undone: %s" (autonav--list (append (plist-get (autonav-call "undo") :paths) nil))))

(provide 'autonav)
;;; autonav.el ends here
